package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestProfile(t *testing.T) {
	const text = `mode: set
m/p/a.go:1.1,3.2 2 1
m/p/a.go:5.1,6.2 1 0
m/p/a.go:8.1,9.2 1 0
m/p/q/b.go:1.1,9.2 50 1
m/p/a.go:8.1,9.2 1 1
`
	p, err := parseProfile(text)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("a block counts once, and is reached if one of its lines says so; packages below are others", func(t *testing.T) {
		if got := p.share("m/p"); got != 75 {
			t.Errorf("%v %%", got)
		}
	})
	t.Run("edges are the blocks that are reached, of all packages", func(t *testing.T) {
		if got := p.edges(); got != 3 {
			t.Error(got)
		}
	})
	t.Run("what is not reached is listed with its statements", func(t *testing.T) {
		var out bytes.Buffer
		if p.uncovered(&out, "m/p"); out.String() != "a.go:5-6 1\n" {
			t.Errorf("%q", out.String())
		}
	})
	t.Run("a line that is none is an error with its number", func(t *testing.T) {
		if _, err := parseProfile("mode: set\nm/p/a.go 1\n"); err == nil || !strings.HasPrefix(err.Error(), "profile:2: want ") {
			t.Error(err)
		}
	})
}
