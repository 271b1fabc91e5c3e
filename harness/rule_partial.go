package harness

import (
	"bytes"
	"fmt"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// checkPartial holds what FETCH brings of sections against what it was asked for.
func checkPartial(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		f := s.gather()
		for k := range f.fetched {
			now := &f.fetched[k]
			if now.from == now.to {
				continue
			}
			c := s.alone(now.resp)
			if c == nil || trimUID(c.Name) != "FETCH" {
				continue
			}
			for n := now.from; n < now.to; n++ {
				where, what := f.partialWrong(c, now, &f.sections[n])
				if f.sections[n].origin >= 0 || where != "" {
					j.reach(r)
				}
				if where != "" {
					resp := &s.Responses[now.resp]
					j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: where, Summary: what + ": " + quoteUnit(c.Raw) + " was answered " + quoteUnit(resp.Raw)})
					return
				}
			}
		}
	}
}

// partialWrong says what is wrong with a section that c brought.
func (f *facts) partialWrong(c *Command, now *fetched, sec *fetchedSection) (where, what string) {
	if sec.isNil {
		return "", ""
	}
	whole, partial, fits, most := false, false, 0, uint64(0)
	c.EachFetchAtt(func(a imapwire.FetchAtt) {
		switch {
		case a.Name == "RFC822", a.Name == "RFC822.HEADER", a.Name == "RFC822.TEXT":
			whole = true
		case a.Section == nil || !sameSection(a.Section, sec.section):
		case !a.Partial:
			whole = true
		default:
			partial = true
			if int64(a.Offset) == sec.origin {
				fits, most = fits+1, max(most, a.Length)
			}
		}
	})
	switch n := uint64(len(sec.octets)); {
	case sec.origin < 0 && partial && !whole:
		return "no origin", "a partial fetch is answered without its origin"
	case sec.origin < 0:
		return "", ""
	case !partial && !whole:
		return "", "" // it was not asked for: RFC 2683, section 3.4.4
	case !partial:
		return "origin unasked", "what was fetched whole is answered with an origin"
	case fits == 0:
		return "other origin", "a partial fetch is answered with another origin"
	case n > most:
		return "too long", fmt.Sprintf("a partial fetch of %d octets brings %d", most, n)
	default:
		return f.outOfPlace(now, sec, most, fits == 1)
	}
}

// sameSection compares sections: a server may put the names of header fields in
// quotes, or not.
func sameSection(a, b []byte) bool {
	if bytes.EqualFold(a, b) {
		return true
	}
	bare := func(s []byte) []byte { return bytes.ReplaceAll(s, []byte{'"'}, nil) }
	return bytes.EqualFold(bare(a), bare(b))
}

// outOfPlace holds a part against the whole section, where that was fetched in the
// same selection. Unless that is exact it may have been asked for less than most as
// well.
func (f *facts) outOfPlace(now *fetched, sec *fetchedSection, most uint64, exact bool) (where, what string) {
	if now.uid == 0 {
		return "", ""
	}
	for k := range f.fetched {
		if f.fetched[k].uid != now.uid || f.fetched[k].selection != now.selection {
			continue
		}
		for n := f.fetched[k].from; n < f.fetched[k].to; n++ {
			all := &f.sections[n]
			if all.origin >= 0 || all.isNil || !sameSection(all.section, sec.section) || len(all.octets) == 0 {
				continue
			}
			from := min(uint64(sec.origin), uint64(len(all.octets)))
			want := all.octets[from : from+min(most, uint64(len(all.octets))-from)]
			if exact && len(want) != len(sec.octets) || !bytes.HasPrefix(want, sec.octets) {
				return "other octets", fmt.Sprintf("from octet %d on there are %d octets, and others than in the whole", sec.origin, len(want))
			}
			return "", ""
		}
	}
	return "", ""
}
