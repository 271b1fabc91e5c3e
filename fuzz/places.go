package fuzz

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// A place is a part of a stream that has a name in IMAP's own words.
type place struct {
	from, to int64 // its first byte, and the one behind its last
	name     string
}

// places are the places of both streams of a wire, in order, without gaps.
type places [2][]place

// placesOf names the parts of w: the responses of the server, the commands of the
// client, and their literals.
func placesOf(w *wire) *places {
	verbs := map[string]string{} // by tag
	var p places
	p[faultnet.Client-1] = cutPlaces(w.Client, imapwire.CommandUnit, func(unit []byte, _ int) (whole, literal string) {
		tag, verb := firstWord(unit), commandName(unit)
		switch {
		case verb == "" && tag == "DONE":
			return "DONE", ""
		case verb == "":
			return "a line that continues a command", ""
		}
		verbs[tag] = verb
		return "the " + verb + " command", "the " + verb + " literal"
	})
	p[faultnet.Server-1] = cutPlaces(w.Server, imapwire.ResponseUnit, func(unit []byte, i int) (whole, literal string) {
		tag := firstWord(unit)
		switch {
		case i == 0:
			return "the greeting", "the greeting's literal"
		case tag == "+":
			return "the continuation request", ""
		case tag == "*":
			name := dataName(unit)
			return "the " + name + " response", "the " + name + " literal"
		}
		of := verbs[tag]
		if of == "" {
			return "a completion", "a completion's literal"
		}
		return "the completion of " + of, "a literal in the completion of " + of
	})
	return &p
}

// cutPlaces cuts a stream into units, and these at their literals. name returns what
// the ith unit and its literals are called.
func cutPlaces(d direction, next func([]byte) (int, bool), name func(unit []byte, i int) (whole, literal string)) []place {
	var out []place
	at := int64(0)
	add := func(n int, name string) {
		if n > 0 {
			out = append(out, place{at, at + int64(n), name})
			at += int64(n)
		}
	}
	left := d.Plain
	for i := 0; len(left) > 0; i++ {
		n, ok := next(left)
		if !ok {
			n = len(left)
		}
		unit := left[:n]
		left = left[n:]
		whole, literal := name(unit, i)
		rest := "the rest of " + whole
		for len(unit) > 0 {
			end := bytes.IndexByte(unit, '\n') + 1
			if end == 0 {
				end = len(unit)
			}
			lit, has := imapwire.CommandLine(unit[:end])
			add(end, whole)
			unit = unit[end:]
			if has && literal != "" && len(unit) > 0 {
				n := int(min(lit.Size, uint64(len(unit))))
				add(n, literal)
				unit = unit[n:]
				whole = rest
			}
		}
	}
	if at < d.Len {
		add(int(d.Len-at), "TLS")
	}
	return out
}

// firstWord returns the first word of a unit.
func firstWord(unit []byte) string {
	tag, _, _ := bytes.Cut(bytes.TrimRight(unit, "\r\n"), []byte(" "))
	return string(tag)
}

// commandName returns the verb of a command, in upper case: "FETCH", "UID FETCH".
func commandName(unit []byte) string {
	line, _, _ := bytes.Cut(unit, []byte("\n"))
	words := bytes.Fields(bytes.ToUpper(line))
	switch {
	case len(words) < 2 || !wordy(words[1]):
		return ""
	case string(words[1]) == "UID" && len(words) > 2 && wordy(words[2]):
		return "UID " + string(words[2])
	}
	return string(words[1])
}

// dataName returns what an untagged response is: "FETCH", "OK", "EXISTS".
func dataName(unit []byte) string {
	for _, w := range bytes.Fields(unit[:min(len(unit), 64)])[1:] {
		if w := bytes.ToUpper(w); wordy(w) {
			return string(w)
		}
	}
	return "untagged"
}

func wordy(w []byte) bool {
	return len(w) > 0 && len(w) < 24 && bytes.IndexFunc(w, func(c rune) bool { return c != '-' && (c < 'A' || c > 'Z') }) < 0
}

// name says in words where the positions from..to of a stream lie.
func (p *places) name(side faultnet.Side, from, to int64) string {
	all := p[side-1]
	a, b := placeAt(all, from), placeAt(all, to)
	switch {
	case a < 0:
		return "at the end"
	case b < 0:
		return fmt.Sprintf("from %s to the end", all[a].name)
	case a != b:
		return fmt.Sprintf("from %s to %s", all[a].name, all[b].name)
	case to == all[a].from:
		return "before " + all[a].name
	}
	return "inside " + all[a].name
}

// placeAt returns the index of the place with the byte at pos, or -1.
func placeAt(all []place, pos int64) int {
	return slices.IndexFunc(all, func(p place) bool { return p.from <= pos && pos < p.to })
}
