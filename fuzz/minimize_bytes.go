package fuzz

import (
	"bytes"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
)

const (
	minRepeat = 12  // bytes from which on a repetition is shortened as such
	maxUnit   = 16  // bytes of a unit that repeats
	maxSlices = 512 // bytes up to which a step is shortened byte by byte
)

// repetition is a unit that stands times in a row at at.
type repetition struct{ at, unit, times int }

// repetitions finds what repeats in d: units of 1 to 16 bytes.
func repetitions(d []byte) []repetition {
	var all []repetition
	for i := 0; i+minRepeat <= len(d); {
		best := repetition{}
		for u := 1; u <= maxUnit && i+2*u <= len(d); u++ {
			end := i + u
			for end < len(d) && d[end] == d[end-u] {
				end++
			}
			if n := (end - i) / u; n >= 3 && n*u >= minRepeat && n*u > best.times*best.unit {
				best = repetition{i, u, n}
				break
			}
		}
		if best.times == 0 {
			i++
			continue
		}
		all = append(all, best)
		i += best.times * best.unit
	}
	return all
}

// shrinkRuns shortens what repeats: those of one step that repeat as often, such as
// the two sides of a nesting, together first.
func (s *shrinker) shrinkRuns() {
	for i := 0; i < len(s.best.Steps) && s.calls < s.budget; i++ {
		if !s.best.Steps[i].Sends(s.best.Target) {
			continue
		}
		all := repetitions(s.best.Steps[i].Data)
		for k := 0; k < len(all); k++ {
			together := false
			for _, other := range all[:k] {
				together = together || other.times == all[k].times
			}
			if !together {
				s.shrinkTimesOf(i, all, func(r repetition) bool { return r.times == all[k].times }, all[k].times)
			}
		}
		for k := 0; k < len(repetitions(s.best.Steps[i].Data)); k++ {
			all := repetitions(s.best.Steps[i].Data)
			s.shrinkTimesOf(i, all, func(r repetition) bool { return r == all[k] }, all[k].times)
		}
	}
}

// shrinkTimesOf lowers how often the chosen repetitions of step i repeat. Literals
// around them are announced anew.
func (s *shrinker) shrinkTimesOf(i int, all []repetition, chosen func(repetition) bool, times int) {
	d := bytes.Clone(s.best.Steps[i].Data)
	all = repetitions(d)
	if times < 2 || s.inLiteral(i) {
		return
	}
	least(1, times, func(n int) bool {
		return s.edit(func(c *corpus.Case) bool {
			var out []byte
			at := 0
			for _, r := range all {
				if !chosen(r) {
					continue
				}
				out = append(out, d[at:r.at+n*r.unit]...)
				at = r.at + r.times*r.unit
			}
			c.Steps[i].Data = append(out, d[at:]...)
			return true
		})
	})
}

// inLiteral reports whether step i begins with the octets of a literal, which
// shrinkLiterals shortens.
func (s *shrinker) inLiteral(i int) bool {
	for _, l := range literalsOf(s.best) {
		if l.content == i {
			return true
		}
	}
	return false
}

// shrinkBytes takes bytes out of steps: not out of tags and commands, which people
// read, unless they are no such.
func (s *shrinker) shrinkBytes() {
	for i := 0; i < len(s.best.Steps) && s.calls < s.budget; i++ {
		if !s.best.Steps[i].Sends(s.best.Target) || s.inLiteral(i) {
			continue
		}
		if len(s.best.Steps[i].Data) > maxSlices {
			full := bytes.Clone(s.best.Steps[i].Data)
			least(1, len(full), func(n int) bool {
				return s.edit(func(c *corpus.Case) bool { c.Steps[i].Data = bytes.Clone(full[:n]); return true })
			})
			if len(s.best.Steps[i].Data) > maxSlices {
				continue
			}
		}
		count := func() int {
			from, to := loose(s.best, i)
			return to - from
		}
		s.remove(count, func(a, b int) bool {
			return s.edit(func(c *corpus.Case) bool {
				from, to := loose(c, i)
				c.Steps[i].Data = slices.Delete(c.Steps[i].Data, from+a, min(to, from+b))
				return len(c.Steps[i].Data) > 0
			})
		})
	}
}

// loose returns the stretch of step i that goes byte by byte: all but its first
// words and the end of its line, without which it would not read well.
func loose(c *corpus.Case, i int) (from, to int) {
	d := c.Steps[i].Data
	to = len(d)
	if bytes.HasSuffix(d, []byte("\r\n")) {
		to -= 2
	}
	return min(readable(c, i), to), to
}

// readable returns how many bytes at the start of step i are a tag and a command,
// or "*" and a number or a word.
func readable(c *corpus.Case, i int) int {
	d := c.Steps[i].Data
	toks := tokenize(nil, d, 0, min(len(d), 64))
	if len(toks) < 2 || c.Target == corpus.Server && tagLen(d) == 0 {
		return 0
	}
	if wordOf(d, toks[1]) == "UID" && len(toks) > 2 {
		return toks[2].b
	}
	return toks[1].b
}
