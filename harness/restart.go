package harness

import (
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// ErrNoRestart is the error of a case that restarts its server, for a server that
// has no Open.
var ErrNoRestart = errors.New("the case restarts its server (RESTART:), and the server has no Open")

// CanRestart reports whether target can run cases that restart it.
func CanRestart(target Target) bool {
	s, ok := target.(*Server)
	return ok && s.Open != nil
}

// Serve makes a store, and serves ln with it until stop is called.
func (s *Server) Serve(ln net.Listener, log io.Writer) (stop func(), err error) {
	start, err := s.open(new(corpus.Case))
	if err != nil {
		return nil, err
	}
	return start(ln, log)
}

// Wrapped returns a copy of s that is started, each time, as wrap says: it is given
// what starts s.
func (s *Server) Wrapped(wrap func(StartFunc) StartFunc) *Server {
	w := *s
	if s.Start != nil {
		w.Start = wrap(s.Start)
	}
	if s.Open != nil {
		w.Open = func() (StartFunc, error) {
			start, err := s.Open()
			if err != nil {
				return nil, err
			}
			return wrap(start), nil
		}
	}
	return &w
}

// open makes the store of a run, and returns what serves it.
func (s *Server) open(c *corpus.Case) (StartFunc, error) {
	switch {
	case s.Start == nil && s.Open == nil:
		return nil, fmt.Errorf("%s: want Start or Open", s.TargetName())
	case s.Start != nil && s.Open != nil:
		return nil, fmt.Errorf("%s: want Start or Open, got both", s.TargetName())
	case s.Open == nil && c.Restarts() > 0:
		return nil, fmt.Errorf("%s: %w", s.TargetName(), ErrNoRestart)
	case s.Open == nil:
		return s.Start, nil
	}
	start, err := s.Open()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.TargetName(), err)
	}
	return start, nil
}

// restart ends the server as a process ends, and starts it again over the same
// store. The connections that are open end with it for good; the bystander comes
// back. If the server does not end, or does not come back, that is trouble, and
// the server is down.
func (p *serverPlay) restart() {
	p.drainAll()
	p.rec.add(Event{Kind: Restarted})
	for _, pe := range p.peers {
		if pe != nil && !pe.closed {
			p.rec.add(Event{Kind: Restarted, Conn: pe.conn}) // before: who ends it is the harness
		}
	}
	p.down = !p.stop(p.end)
	p.drainAll()
	for _, pe := range p.peers {
		if pe != nil {
			pe.close() // as a kernel does, where the server did not
		}
	}
	p.wait()
	if p.down {
		return
	}
	p.ln = faultnet.NewListener(faultnet.ListenOptions{})
	end, err := p.start(p.ln, p.log)
	if err != nil {
		p.down = true
		p.trouble = append(p.trouble, Trouble{Who: "restart", Verb: "start", What: fmt.Sprintf("the server does not start again: %v", err), Step: p.rec.step})
		return
	}
	p.end = end
	p.wait()
	p.by.comeBack(p.ln, p.srv)
	p.served = new(mark).pass()
}

// restarted reports whether the target was restarted between two events.
func (j *judging) restarted(from, to int) bool {
	if j.rec.Restarts == 0 {
		return false
	}
	for i := max(from, 0); i < min(to, len(j.rec.Events)); i++ {
		if j.rec.Events[i].Kind == Restarted {
			return true
		}
	}
	return false
}

// overRestart is the place of a finding about what was otherwise before a restart.
const overRestart = "restart"

// comeBack has the bystander work on with a server that has been started again.
func (b *bystander) comeBack(ln *faultnet.Listener, s *Server) {
	if b.dead {
		return
	}
	b.control = connectControl(b.r, ln, b.who)
	b.all(b.r.scratch.fresh.pipelines, b.login(s))
	if !mentions(b.r.c, bystanderMailbox) {
		b.must("SELECT " + bystanderMailbox)
	} else if _, status := b.ask("SELECT " + bystanderMailbox); status != imapwire.OK {
		b.dead = true // it is gone, as the case may have wanted
	}
}
