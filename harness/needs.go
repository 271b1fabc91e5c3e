package harness

import "strings"

// Needs is what it takes to judge a rule, beside one session.
type Needs uint8

// What rules need.
const (
	SecondSession Needs = 1 << iota // another session with the same mailbox
	LongTime                        // that time passes
	STARTTLS                        // TLS on the connection
	Restart                         // that the target ends and starts again, with the same store
)

// String returns the names of what is needed, with commas between them.
func (n Needs) String() string {
	var out []string
	for i, name := range []string{"a second session", "time", "STARTTLS", "a restart"} {
		if n&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// reached is a set of rules, by their index in [Catalogue].
type reached [8]uint64

func (s *reached) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *reached) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
