package harness

import (
	"bytes"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// linkOptions returns the settings of the link of connection conn.
func (r *run) linkOptions(p *peer) faultnet.Options {
	conn := p.conn
	o := faultnet.Options{Tap: r.rec.tap(conn, p.plain), NewMarker: NewMarker, Number: conn}
	for _, p := range r.c.Plan {
		if p.Conn == conn {
			o.Plan.Rules = append(o.Plan.Rules, p.Rule)
		}
	}
	return o
}

// NewMarker returns a marker of IMAP's points for the plans of one connection: its
// literals, continuation requests, completions and so on: `server literal 1 @10: cut`.
func NewMarker() faultnet.Marker { return new(marker) }

type marker struct{ imapwire.Marks }

// Scan implements faultnet.Marker.
func (m *marker) Scan(side faultnet.Side, p []byte, emit func(name string, off int)) {
	m.Marks.Scan(side == faultnet.Server, p, emit)
}

// expect looks for what the case says that the target sends, and waits for it
// if it is something that the dialogue hangs on: a completion, a continuation
// request, a command.
func (p *peer) expect(step int, want []byte) {
	if p == nil {
		p.run.diverge(step, "want %q, got no connection", clip(want))
		return
	}
	client := p.run.target.Tests() == corpus.Client
	for waited := false; ; {
		found, instead := p.look(want, client)
		switch {
		case found:
			return
		case instead != nil:
			p.run.diverge(step, "want %q, got %q", clip(want), clip(instead))
			return
		case p.done || p.closed:
			p.run.diverge(step, "want %q, got the end: %s", clip(want), ended(p.err))
			return
		case waited || !client && !gates(want):
			p.run.diverge(step, "want %q, got nothing", clip(want))
			return
		}
		if !p.await(patience) {
			waited = true
		}
	}
}

// gates reports whether the dialogue cannot go on without the response want.
func gates(want []byte) bool { return !bytes.HasPrefix(want, []byte("* ")) }

// look searches what was read and not yet passed for want. A completion or a
// command that is found is passed; untagged responses are not, since a case may
// state them in any order.
func (p *peer) look(want []byte, client bool) (found bool, instead []byte) {
	want = bytes.TrimRight(want, "\r\n")
	mark := p.parsed
	for {
		unit, ok := p.nextUnit(client)
		if !ok {
			if rest := p.in[p.parsed:]; len(rest) > 0 && bytes.HasPrefix(rest, want) {
				return true, nil // the beginning of something that was cut
			}
			p.parsed = mark
			return false, nil
		}
		if client {
			tag, line := splitTag(unit)
			p.tags = append(p.tags, tag)
			if matchCommand(line, dropBound(want)) || matchCommand(unit, want) {
				return true, nil
			}
			return false, unit
		}
		if sameLine(unit, want) {
			if !gates(want) {
				p.parsed = mark
			}
			return true, nil
		}
		if !gates(want) && gates(unit) {
			p.parsed = mark
			return false, nil
		}
		if gates(want) && gates(unit) && bytes.Equal(tagOf(unit), tagOf(want)) {
			return false, unit
		}
	}
}

// splitTag cuts a command line after its tag. Lines without one (DONE, SASL)
// have an empty tag.
func splitTag(unit []byte) (tag string, line []byte) {
	unit = bytes.TrimRight(unit, "\r\n")
	before, rest, ok := bytes.Cut(unit, []byte(" "))
	if !ok {
		return "", unit
	}
	return string(before), rest
}

// dropBound cuts a bound tag ("$1 ") off what the case expects: tags are the
// client's to choose.
func dropBound(want []byte) []byte {
	if tag, line, ok := bytes.Cut(want, []byte(" ")); ok && len(tag) > 0 && tag[0] == '$' && len(bytes.Trim(tag[1:], "0123456789")) == 0 {
		return line
	}
	return want
}

// matchCommand reports whether a command line begins as want says, in any case.
func matchCommand(line, want []byte) bool {
	return len(line) >= len(want) && bytes.EqualFold(line[:len(want)], want)
}

// sameLine reports whether a response begins with want, or is want up to the
// order of lists that have none: flags (RFC 9051, section 2.3.2).
func sameLine(unit, want []byte) bool {
	if bytes.HasPrefix(unit, want) {
		return true
	}
	unit = bytes.TrimRight(unit, "\r\n")
	return len(unit) == len(want) && bytes.Contains(bytes.ToUpper(unit), []byte("FLAGS")) &&
		bytes.Equal(sortedTokens(unit), sortedTokens(want))
}

func sortedTokens(b []byte) []byte {
	words := strings.FieldsFunc(string(b), func(c rune) bool { return strings.ContainsRune(" ()[]\r\n", c) })
	slices.Sort(words)
	return []byte(strings.Join(words, " "))
}

// strike arms a fault on p's link, here and now.
func (p *peer) strike(rules ...faultnet.Rule) {
	for _, rule := range rules {
		p.link.Arm(rule)
	}
}

// unanswered reports whether the last command that was sent whole on p has no
// completion yet: a quick look, the judge looks closer.
func (p *peer) unanswered() bool {
	if p.done || p.closed || p.lastTag == "" {
		return false
	}
	return !bytes.Contains(p.in, []byte("\n"+p.lastTag+" ")) && !bytes.HasPrefix(p.in, []byte(p.lastTag+" "))
}

// noteSent remembers the tag of the last command line that was sent.
func (p *peer) noteSent(data []byte) {
	line := data
	if i := bytes.LastIndexByte(bytes.TrimRight(data, "\r\n"), '\n'); i >= 0 {
		line = data[i+1:]
	}
	if !bytes.HasSuffix(line, []byte("\n")) {
		return
	}
	if tag := tagOf(line); len(tag) > 0 && len(tag) <= 32 {
		p.lastTag = string(tag)
	}
}
