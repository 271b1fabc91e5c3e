package harness

import (
	"bytes"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// checkAnyResponse looks for a client that gave up the connection although
// everything that it had got was legal.
func checkAnyResponse(j *judging, r Rule) {
	if len(j.rec.Conns) == 0 {
		return
	}
	s := j.rec.Conns[0]
	if len(s.Responses) > 1 {
		j.reach(r)
	}
	end := s.settled(j.rec)
	if s.SelfGone < 0 || end >= 0 && s.SelfGone > end || s.PeerGone >= 0 && s.PeerGone < s.SelfGone || s.Faulted >= 0 || len(s.Responses) == 0 || s.TLS || len(s.Residue) > 0 {
		return
	}
	for i := range j.rec.Events[:s.SelfGone] {
		e := &j.rec.Events[i]
		if e.Kind == Called && (strings.HasPrefix(e.Text, "close") || strings.HasPrefix(e.Text, "logout") && !s.leaving() || strings.HasPrefix(e.Text, "quit") || strings.HasPrefix(e.Text, "starttls") || strings.HasPrefix(e.Text, "secure")) {
			return
		}
	}
	var m numbering
	for i := range s.Responses {
		resp := &s.Responses[i]
		if !s.legal(resp, i) {
			return
		}
		if rule, _ := m.step(resp, s.inProgress(resp)); rule != "" {
			return
		}
	}
	last := &s.Responses[len(s.Responses)-1]
	where := orDefault(strings.ToLower(strings.TrimSpace(last.Name+" "+last.Code)), "continuation")
	if n := len(s.Responses); n > 1 && s.Responses[n-2].Event == last.Event {
		return // several came at once: nobody can say which it was
	}
	if last.Type == imapwire.Tagged && s.Commands[last.Command].refusedSync() {
		where = "refused literal"
	} else if last.Type == imapwire.Tagged {
		where = strings.ToLower(last.Name + " to " + s.Commands[last.Command].Name)
	}
	if otherNIL(last.Raw) {
		where = "nil"
	}
	if j.lateGo(s) {
		where = "late continuation"
	}
	if j.rec.Events[s.SelfGone].At-j.rec.Events[last.Event].At > time.Second {
		return // it gave up waiting: that is another matter
	}
	j.report(r, Finding{Conn: 1, event: s.SelfGone, Where: where,
		Summary: "the client gave up the connection on " + quoteUnit(last.Raw)})
}

// leaving reports whether a LOGOUT was sent, and an answer to it has begun to come:
// until its completion the client has to read on.
func (s *Session) leaving() bool {
	last := &s.Responses[len(s.Responses)-1]
	for i := range s.Commands {
		if c := &s.Commands[i]; c.Name == "LOGOUT" && c.Received >= 0 {
			return c.Answer < 0 && c.Received < last.Event
		}
	}
	return false
}

// latePatience is how long a server may take to ask for a literal, or for SASL's
// answer: more than this is what tells a timer of the client from other causes.
const latePatience = 10 * time.Second

// lateGo reports whether the last thing that came, or the one before it, was a
// continuation request that the client had long waited for.
func (j *judging) lateGo(s *Session) bool {
	for i := max(0, len(s.Responses)-2); i < len(s.Responses); i++ {
		r := &s.Responses[i]
		if r.Type != imapwire.Continuation {
			continue
		}
		sent := time.Duration(-1)
		for k := range j.rec.Events[:r.Event] {
			if e := &j.rec.Events[k]; e.Kind == ClientSent && e.Conn == s.Conn {
				sent = e.At
			}
		}
		if sent >= 0 && j.rec.Events[r.Event].At-sent >= latePatience {
			return true
		}
	}
	return false
}

// base reports whether a response is one of IMAP4rev1 or IMAP4rev2, without
// extensions that a client would first have to ask for.
func base(resp *Response) bool {
	switch resp.Name {
	case "SORT", "THREAD", "QUOTA", "QUOTAROOT", "ACL", "LISTRIGHTS", "MYRIGHTS", "METADATA", "VANISHED", "LANGUAGE", "COMPARATOR", "XLIST", "URLFETCH", "GENURLAUTH":
		return false
	case "FETCH":
		known := true
		imapwire.EachFetchItem(resp.Response, func(name string, _ []byte, _ int64, _ []byte) {
			switch name {
			case "MODSEQ", "EMAILID", "THREADID", "SAVEDATE", "PREVIEW":
				known = false
			}
		})
		if !known {
			return false
		}
	}
	switch resp.Code {
	case "APPENDUID", "COPYUID", "MODIFIED", "HIGHESTMODSEQ", "NOMODSEQ", "MAILBOXID", "METADATA":
		return false
	}
	_, err := imapwire.ParseResponse(resp.Raw, imapwire.Rev1)
	if err == nil || err.Production == imapwire.ProdUTF7 {
		return err == nil
	}
	_, err = imapwire.ParseResponse(resp.Raw, imapwire.Rev2)
	return err == nil
}

// legal reports whether a server may send resp there.
func (s *Session) legal(resp *Response, i int) bool {
	switch {
	case resp.Err != nil, resp.Command == noReason, resp.Status == imapwire.BYE, !base(resp):
		return false
	case resp.Type == imapwire.Tagged:
		return resp.Command >= 0 && (resp.Status != imapwire.OK || s.Commands[resp.Command].Received >= 0 && !s.Commands[resp.Command].refusedSync())
	case i == 0:
		return resp.Status == imapwire.OK || resp.Status == imapwire.PREAUTH
	}
	return resp.Status != imapwire.PREAUTH && !bytes.Contains(resp.Raw, []byte{0})
}
