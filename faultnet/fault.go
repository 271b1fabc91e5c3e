package faultnet

import (
	"fmt"
	"strconv"
	"time"
)

// A Kind says what a fault does. See the package documentation for the exact
// meaning of each.
type Kind uint8

// The kinds of faults. The zero Kind is no fault.
const (
	Cut       Kind = 1 + iota // both directions end in order
	Half                      // this direction ends, the other flows on
	Reset                     // both applications get the kernel's reset
	Hole                      // the rest of this direction vanishes, nobody is told
	Stall                     // nothing of this direction is delivered for D
	Delay                     // every byte from here on arrives D..DMax later
	Chop                      // from here a Read returns at most N..NMax bytes
	Join                      // from here bytes wait D for those that follow
	NoRead                    // the receiver takes nothing for D
	Truncate                  // the rest of the line is dropped, then Cut
	Insert                    // Data is delivered here
	Replace                   // Data overwrites as many bytes of the stream
	Drop                      // N bytes, or the rest of the line, are dropped
	Duplicate                 // N bytes, or the rest of the line, arrive twice
	Flip                      // the next byte is XORed with Mask
	kindEnd
)

// joinDefault is how long Join waits when its D is zero.
const joinDefault = 200 * time.Millisecond

// kindNames are the words of the plan language, in the order of the constants.
var kindNames = [...]string{"", "cut", "half", "reset", "hole", "stall", "delay", "chop", "join", "noread",
	"truncate", "insert", "replace", "drop", "duplicate", "flip"}

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
// after it.
func (k Kind) Terminal() bool { return k.class() == classTerminal }

// Hostile reports whether no honest network does this to a TCP stream: the
// fault stands for a hostile or broken peer.
func (k Kind) Hostile() bool { return k == Truncate || k.class() == classContent }

// class is the order in which faults at one position strike.
type class uint8

const (
	classBoundary class = iota
	classContent
	classTiming
	classTerminal
	classes
)

func (k Kind) class() class {
	switch k {
	case Chop, Join:
		return classBoundary
	case Insert, Replace, Drop, Duplicate, Flip:
		return classContent
	case Stall, Delay, NoRead:
		return classTiming
	}
	return classTerminal
}

// A Fault is something the network does, as data. Which fields count depends
// on Kind; the others are zero.
type Fault struct {
	Kind Kind
	// D is how long: Stall, Delay, NoRead (more than 0) and Join (0 is 200 ms).
	D time.Duration
	// DMax is the upper end of the range of Delay; 0 is no range.
	DMax time.Duration
	// N counts bytes: Chop, Drop, Duplicate (1 or more).
	N int64
	// NMax is the upper end of the range of Chop; 0 is no range.
	NMax int64
	// Line says that Drop and Duplicate reach to the end of the line, the LF
	// included, instead of over N bytes.
	Line bool
	// Data is what Insert and Replace bring (1 byte or more). It must not be
	// modified while a connection uses the fault.
	Data []byte
	// Mask is what Flip XORs the byte with (not 0).
	Mask byte
}

// Check reports whether f is a fault that the plan language can say.
func (f Fault) Check() error {
	bad := func(what string) error { return fmt.Errorf("faultnet: %s %s", f.Kind, what) }
	want := Fault{Kind: f.Kind}
	switch f.Kind {
	case Cut, Half, Reset, Hole, Truncate:
	case Stall, NoRead, Delay:
		want.D = f.D
		if f.D <= 0 {
			return bad("needs a duration above 0")
		}
		if f.Kind == Delay && f.DMax != 0 {
			want.DMax = f.DMax
			if f.DMax <= f.D {
				return bad("needs a range that ends above its start")
			}
		}
	case Join:
		want.D = f.D
		if f.D < 0 {
			return bad("needs a duration of 0 or more")
		}
	case Chop:
		want.N, want.NMax = f.N, f.NMax
		if f.N < 1 || (f.NMax != 0 && f.NMax <= f.N) {
			return bad("needs a size of 1 or more, and a range that ends above its start")
		}
	case Drop, Duplicate:
		want.N, want.Line = f.N, f.Line
		if f.Line == (f.N != 0) || f.N < 0 {
			return bad("needs a count of 1 or more, or a line")
		}
	case Insert, Replace:
		want.Data = f.Data
		if len(f.Data) == 0 {
			return bad("needs bytes")
		}
	case Flip:
		want.Mask = f.Mask
		if f.Mask == 0 {
			return bad("needs a mask that is not 0")
		}
	default:
		return fmt.Errorf("faultnet: %s is no fault", f.Kind)
	}
	if f.D != want.D || f.DMax != want.DMax || f.N != want.N || f.NMax != want.NMax || f.Line != want.Line ||
		len(f.Data) != len(want.Data) || f.Mask != want.Mask {
		return bad("has a field that is not its own")
	}
	return nil
}

// String returns f in the plan language, in canonical form.
func (f Fault) String() string { return string(f.append(nil)) }

func (f Fault) append(b []byte) []byte {
	b = append(b, f.Kind.String()...)
	switch f.Kind {
	case Stall, NoRead:
		b = appendDuration(append(b, ' '), f.D)
	case Delay:
		b = appendDuration(append(b, ' '), f.D)
		if f.DMax != 0 {
			b = appendDuration(append(b, ".."...), f.DMax)
		}
	case Join:
		if f.D != 0 && f.D != joinDefault {
			b = appendDuration(append(b, ' '), f.D)
		}
	case Chop:
		b = strconv.AppendInt(append(b, ' '), f.N, 10)
		if f.NMax != 0 {
			b = strconv.AppendInt(append(b, ".."...), f.NMax, 10)
		}
	case Drop, Duplicate:
		if f.Line {
			b = append(b, " line"...)
		} else {
			b = strconv.AppendInt(append(b, ' '), f.N, 10)
		}
	case Insert, Replace:
		b = appendQuoted(append(b, ' '), f.Data)
	case Flip:
		b = fmt.Appendf(b, " 0x%02x", f.Mask)
	}
	return b
}

// pick chooses within lo..hi (hi 0: lo), keyed by a position of the stream
// alone, so that every run of every release chooses alike. The mixing is
// SplitMix64's finalizer.
func pick(lo, hi, key int64) int64 {
	if hi <= lo {
		return lo
	}
	z := uint64(key) + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return lo + int64(z%uint64(hi-lo+1))
}
