package goimap

import (
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
)

// togetherVerbs is the call that makes several at once: imapclient sends a command
// without waiting for those before it, and leaves it to its caller to avoid what
// is ambiguous (RFC 9051, section 5.5).
func togetherVerbs() []verb {
	return []verb{
		{name: "together", usage: "CALL...", min: 1, max: maxTogether, examples: []string{`together "search all" noop`, `together "fetch 1 flags" "store 2 +flags \\Seen" noop`}, do: together},
	}
}

// maxTogether is how many calls are made at once at most.
const maxTogether = 16

// together begins its calls in their order, each when the command of the one before
// is sent, and then waits for all of them. Only calls are taken whose commands need
// no literal: while imapclient waits to be asked for one it holds a lock, and a
// bubble is never quiet while somebody waits for a lock.
func together(d *driver, args []string, claim *harness.Claim) error {
	jobs := make([]job, len(args))
	for i, line := range args {
		if jobs[i] = newJob(line); jobs[i].err != nil {
			return jobs[i].err
		}
		if !sentAtOnce(jobs[i]) {
			return fmt.Errorf("the call %q is not made together with others", abridged(line))
		}
	}
	errs := make([]error, len(jobs))
	ended := make([]chan struct{}, len(jobs))
	for i, j := range jobs {
		before, _ := d.conn.written()
		ended[i] = make(chan struct{})
		go func() {
			defer close(ended[i])
			errs[i] = j.verb.do(d, j.args, new(harness.Claim))
		}()
		d.sent(before, ended[i])
	}
	var first error
	each := make([]string, len(jobs))
	for i := range jobs {
		<-ended[i]
		if each[i] = "done"; errs[i] != nil {
			each[i] = "failed"
		}
		if first == nil {
			first = errs[i]
		}
	}
	claim.Text = strings.Join(each, ", ")
	return first
}

// sentAtOnce reports whether the command of a call goes out in one piece.
func sentAtOnce(j job) bool {
	switch j.verb.name {
	case "noop", "search", "uid-search", "fetch", "uid-fetch", "store", "uid-store", "expunge":
	default:
		return false
	}
	for _, a := range j.args {
		if len(a) > 1000 || strings.IndexFunc(a, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
			return false
		}
	}
	return true
}

// sent returns when there were more than `before` writes, or the call has ended.
func (d *driver) sent(before int, ended <-chan struct{}) {
	for {
		_, writes, changed := d.conn.look()
		if writes > before {
			return
		}
		select {
		case <-changed:
		case <-ended:
			return
		}
	}
}
