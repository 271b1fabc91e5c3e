package main

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// A block is a stretch of statements, as a coverage profile has it.
type block struct {
	file       string
	from, to   int // lines
	statements int
	reached    bool
}

// A profile is what a run has reached.
type profile struct {
	blocks []block
	inputs int
}

// parseProfile reads a profile of `go test -coverprofile`. A block that stands
// there several times is reached if one of them is.
func parseProfile(text string) (*profile, error) {
	p := &profile{}
	at := map[string]int{}
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if i == 0 && strings.HasPrefix(line, "mode:") {
			continue
		}
		where, counts, ok := strings.Cut(line, " ")
		colon := strings.LastIndexByte(where, ':')
		ok = ok && colon > 0
		var b block
		var hits, fromCol, toCol int
		if ok {
			b.file = where[:colon]
			_, err := fmt.Sscanf(where[colon+1:]+" "+counts, "%d.%d,%d.%d %d %d", &b.from, &fromCol, &b.to, &toCol, &b.statements, &hits)
			ok = err == nil
		}
		if !ok {
			return nil, fmt.Errorf("profile:%d: want file:line.col,line.col statements hits, got %q", i+1, line)
		}
		k, seen := at[where]
		if !seen {
			k = len(p.blocks)
			at[where] = k
			p.blocks = append(p.blocks, b)
		}
		p.blocks[k].reached = p.blocks[k].reached || hits > 0
	}
	return p, nil
}

// share returns how many of the statements of a package are reached, in percent.
func (p *profile) share(pkg string) float64 {
	reached, all := 0, 0
	for _, b := range p.blocks {
		if path.Dir(b.file) != pkg {
			continue
		}
		all += b.statements
		if b.reached {
			reached += b.statements
		}
	}
	return 100 * float64(reached) / float64(max(all, 1))
}

// edges returns how many blocks of all packages are reached: each has one counter.
func (p *profile) edges() int {
	n := 0
	for _, b := range p.blocks {
		if b.reached {
			n++
		}
	}
	return n
}

// uncovered lists the stretches of a package that are not reached, in order.
func (p *profile) uncovered(w io.Writer, pkg string) {
	var out []block
	for _, b := range p.blocks {
		if path.Dir(b.file) == pkg && !b.reached && b.statements > 0 {
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(a, b block) int { return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.from, b.from)) })
	for _, b := range out {
		fmt.Fprintf(w, "%s:%d-%d %d\n", path.Base(b.file), b.from, b.to, b.statements)
	}
}
