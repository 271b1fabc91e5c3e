package harness

import (
	"slices"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// checkUp has a fresh session log in and look at what the case left behind.
// Bodies are read only if the case may have brought new ones.
func (p *serverPlay) checkUp() {
	c := connectControl(p.run, p.ln, "check-up")
	bodies := mentions(p.c, "append")
	if p.scratch.fresh.pipelines {
		p.after = c.lookAtOnce(p.srv, bodies)
		return
	}
	if !c.dead {
		c.must(c.login(p.srv))
	}
	if !c.dead {
		p.after = c.snapshot("INBOX", bodies)
	}
	if !c.dead {
		c.close()
	}
}

// lookAtOnce logs in, reads INBOX and logs out, without waiting for anything
// between: a server has to take commands in the order in which they come (RFC 9051,
// section 5.5), and the session costs half. It returns what INBOX holds, nil if it
// cannot be opened.
func (c *control) lookAtOnce(s *Server, bodies bool) *Snapshot {
	in, fetch := c.login(s), fetchAll(bodies)
	replies := c.askAll(in, "EXAMINE INBOX", fetch, "LOGOUT")
	c.refused(in, replies[0].status)
	var snap *Snapshot
	if replies[1].status == imapwire.OK {
		snap = new(Snapshot)
		if c.opened(snap, replies[1].lines) == 0 {
			// There was nothing to fetch.
		} else if replies[2].status == imapwire.OK {
			c.fetched(snap, replies[2].lines)
		} else {
			snap = nil
		}
	}
	if !c.dead {
		c.p.close()
	}
	return snap
}

// pipelines reports whether the server, whose store is fresh, answers commands
// that come all at once as it answers them one by one. Who does not is asked one by
// one, so that no case is blamed for it.
func pipelines(r *run, ln *faultnet.Listener, s *Server) bool {
	trouble := r.trouble
	c := connectControl(r, ln, "pipeline")
	snap := c.lookAtOnce(s, false)
	if c.p != nil {
		c.p.close()
	}
	r.trouble = trouble
	r.wait()
	known := r.scratch.fresh.inbox
	return !c.dead && snap != nil && snap.UIDNext == known.UIDNext && snap.UIDValidity == known.UIDValidity && slices.EqualFunc(
		snap.Messages, known.Messages, func(a, b Message) bool { return a.UID == b.UID && a.Size == b.Size })
}
