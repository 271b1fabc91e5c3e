package faultnet

import "strconv"

// A Kind says what a fault does. See the package documentation for the exact
// meaning of each.
type Kind uint8

// The kinds of faults. The zero Kind is no fault.
const (
	Cut         Kind = 1 + iota // both directions end in order
	Half                        // this direction ends, the other flows on
	Reset                       // both applications get the kernel's reset
	Hole                        // the rest of this direction vanishes, nobody is told
	Stall                       // nothing of this direction is delivered for D
	Delay                       // every byte from here on arrives D..DMax later
	Chop                        // from here a Read returns at most N..NMax bytes
	Join                        // from here bytes wait D for those that follow
	NoRead                      // the receiver takes nothing for D
	Truncate                    // N bytes, or the rest of the line, are dropped, then Cut
	Insert                      // Data is delivered here
	Replace                     // Data overwrites as many bytes of the stream
	Drop                        // N bytes, or the rest of the line, are dropped
	Duplicate                   // N bytes, or the rest of the line, arrive twice
	Flip                        // the next byte is XORed with Mask
	Throttle                    // from here at most N bytes a second arrive
	Drip                        // from here N bytes arrive every D
	Heal                        // the lasting fault Heals of this direction ends, or all
	Quiet                       // what lasts is healed, and nothing strikes any more
	Refuse                      // the connection is refused
	SlowAccept                  // the server accepts the connection D late
	SlowConnect                 // the connection is made D late, or never
	kindEnd
)

// kindNames are the words of the plan language, in the order of the constants.
var kindNames = [...]string{"", "cut", "half", "reset", "hole", "stall", "delay", "chop", "join", "noread",
	"truncate", "insert", "replace", "drop", "duplicate", "flip", "throttle", "drip", "heal", "quiet",
	"refuse", "slow-accept", "slow-connect"}

// String returns the word of the plan language, such as "cut".
func (k Kind) String() string {
	if k > 0 && k < kindEnd {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// Kinds returns every kind, in the order of the constants.
func Kinds() []Kind {
	all := make([]Kind, 0, kindEnd-1)
	for k := Cut; k < kindEnd; k++ {
		all = append(all, k)
	}
	return all
}

// Terminal reports whether a fault of this kind ends its direction. At one
// position the first terminal fault wins, and nothing strikes that direction
// after it; only a Hole can be healed.
func (k Kind) Terminal() bool { return k.class() == classTerminal }

// Hostile reports whether no honest network does this to a TCP stream: the
// fault stands for a hostile or broken peer.
func (k Kind) Hostile() bool { return k == Truncate || k.class() == classContent }

// Lasting reports whether a fault of this kind lasts until it is healed, if no
// duration of its own ends it before.
func (k Kind) Lasting() bool {
	switch k {
	case Hole, Stall, Delay, Chop, Join, NoRead, Throttle, Drip:
		return true
	}
	return false
}

// Connecting reports whether a fault of this kind concerns the making of a
// connection, and not one that stands.
func (k Kind) Connecting() bool { return k.class() == classConnect }

// class is the order in which faults at one position strike.
type class uint8

const (
	classHeal class = iota
	classBoundary
	classContent
	classTiming
	classTerminal
	classes
	classConnect // never at a position
)

func (k Kind) class() class {
	switch k {
	case Heal, Quiet:
		return classHeal
	case Chop, Join:
		return classBoundary
	case Insert, Replace, Drop, Duplicate, Flip:
		return classContent
	case Stall, Delay, NoRead, Throttle, Drip:
		return classTiming
	case Refuse, SlowAccept, SlowConnect:
		return classConnect
	}
	return classTerminal
}
