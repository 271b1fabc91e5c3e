package goimap

import (
	"slices"
	"sync"

	"github.com/imapfuzz/imapfuzz/harness"
)

// when says which other calls a call waits for, and what must be true first.
type when uint8

const (
	inTurn when = iota // after the others; connected, greeted, not in IDLE
	anyhow             // after the others, in whatever state the client is
	now                // at once, even while another call blocks
)

// A verb is a kind of call.
type verb struct {
	name     string
	usage    string // its arguments
	min, max int    // how many; max -1: no limit
	when     when
	blocks   bool // a call made now gets a goroutine of its own
	examples []string

	// do makes the call; it adds to the claim what was got.
	do func(d *driver, args []string, claim *harness.Claim) error
}

// verbs returns all verbs, by theme.
func verbs() []verb {
	return slices.Concat(sessionVerbs(), mailboxVerbs(), messageVerbs(), fetchVerbs(), extensionVerbs(), togetherVerbs())
}

// byName has the verbs by their names; it is filled when it is first asked.
var byName struct {
	once  sync.Once
	verbs map[string]*verb
}

// lookup returns the verb of that name, or nil.
func lookup(name string) *verb {
	byName.once.Do(func() {
		byName.verbs = make(map[string]*verb)
		for _, v := range verbs() {
			byName.verbs[v.name] = &v
		}
	})
	return byName.verbs[name]
}
