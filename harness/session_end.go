package harness

import (
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// This is what rules ask about the end of a session: who ended it, when, and what
// kept the target from saying so.

// writesHeld reports whether a fault kept the server from writing, or the harness
// did, which does not read while it lets time pass.
func (s *Session) writesHeld(rec *Record) bool {
	if s.SelfGone >= 0 && s.unread(rec) >= faultnet.DefaultBuffer {
		return true
	}
	for i := range rec.Events {
		e := &rec.Events[i]
		if e.Kind == Struck && e.Conn == s.Conn && e.Strike != nil && e.Strike.Side == faultnet.Server {
			return true
		}
	}
	return false
}

// unread returns how many bytes the target had sent, and nobody had read, when it
// closed.
func (s *Session) unread(rec *Record) (n int) {
	sent, got := ServerSent, ClientGot
	if rec.Tests == corpus.Client {
		sent, got = ClientSent, ServerGot
	}
	for i := range rec.Events[:s.SelfGone] {
		switch e := &rec.Events[i]; {
		case e.Conn != s.Conn:
		case e.Kind == sent:
			n += len(e.Data)
		case e.Kind == got:
			n -= len(e.Data)
		}
	}
	return n
}

// saidToNobody reports whether the server still sent something after its peer was
// gone: what a fault held back reaches it then, and its answer need not come whole.
func (s *Session) saidToNobody(rec *Record) bool {
	if s.PeerGone < 0 {
		return false
	}
	for i := range rec.Events[s.PeerGone:] {
		if e := &rec.Events[s.PeerGone+i]; e.Kind == ServerSent && e.Conn == s.Conn {
			return true
		}
	}
	return false
}

// brokenBefore reports whether it cannot be told any more, by then, what the
// peer's bytes mean.
func (s *Session) brokenBefore(event int) bool {
	return s.Broken >= 0 && s.Broken <= event || s.Murky >= 0 && s.Murky <= event
}

// mute returns the oldest command that came whole, on a connection that was
// still open at the end, and that was not completed in all the time that it
// was given.
func (s *Session) mute(rec *Record) (int, bool) {
	if len(s.open) == 0 || s.Broken >= 0 || s.writesHeld(rec) {
		return 0, false
	}
	k := s.open[0]
	c := &s.Commands[k]
	if c.Name == "IDLE" && (s.mode == modeIdle || s.mode == modeIdleAwait) || c.Name == "AUTHENTICATE" && (s.mode == modeAuth || s.mode == modeAuthAwait) {
		return 0, false
	}
	end := s.settled(rec)
	if end < 0 || c.Received > end || s.goneBy(end) {
		return 0, false
	}
	due := max(c.Received, s.released) // IDLE and AUTHENTICATE are answered after their last line
	if due > end || rec.Events[end].At-rec.Events[due].At < settleTime {
		return 0, false
	}
	return k, true
}

// goneBy reports whether either side had ended the connection before event end:
// after it the harness hangs up, and a server closes its side as it should.
func (s *Session) goneBy(end int) bool {
	return s.SelfGone >= 0 && s.SelfGone < end || s.PeerGone >= 0 && s.PeerGone < end
}

func (s *Session) settled(rec *Record) int {
	for i := len(rec.Events) - 1; i >= 0; i-- {
		if rec.Events[i].Kind == Settled {
			return i
		}
	}
	return -1
}

// atOnce reports whether the server closed the connection as soon as it had got
// what came of command n.
func (s *Session) atOnce(rec *Record, n int) bool {
	return rec.Events[s.SelfGone].At-rec.Events[s.Commands[n].Begun].At < time.Second
}

// closedAlone reports whether the server closed the connection while nothing
// had ended it.
func (s *Session) closedAlone() bool {
	return s.SelfGone >= 0 && (s.PeerGone < 0 || s.SelfGone < s.PeerGone)
}

func (s *Session) saidBye() bool {
	for i := range s.Responses {
		if s.Responses[i].Status == imapwire.BYE {
			return true
		}
	}
	return false
}
