package faultnet

import (
	"fmt"
	"strconv"
	"time"
)

// joinDefault is how long Join waits when its D is zero.
const joinDefault = 200 * time.Millisecond

// A Fault is something the network does, as data. Which fields count depends
// on Kind; the others are zero.
type Fault struct {
	Kind Kind
	// D is how long: Delay, Drip, SlowAccept (more than 0), Stall, NoRead (0 is
	// until healed), SlowConnect (0 is for ever) and Join (0 is 200 ms).
	D time.Duration
	// DMax is the upper end of the range of Delay; 0 is no range.
	DMax time.Duration
	// N counts bytes: Chop, Drop, Duplicate, Drip (1 or more), Truncate (0 is the
	// rest of the line), and those of a second for Throttle.
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
	// Heals is the lasting kind that Heal ends; 0 is all.
	Heals Kind
}

// Check reports whether f is a fault that the plan language can say.
func (f Fault) Check() error {
	own := Fault{Kind: f.Kind} // f with its own fields alone
	bad := ""
	switch f.Kind {
	case Cut, Half, Reset, Hole, Quiet, Refuse:
	case Stall, NoRead, SlowConnect:
		if own.D = f.D; f.D < 0 {
			bad = "needs a duration above 0, or none"
		}
	case SlowAccept:
		if own.D = f.D; f.D <= 0 {
			bad = "needs a duration above 0"
		}
	case Delay:
		if own.D, own.DMax = f.D, f.DMax; f.D <= 0 || f.DMax != 0 && f.DMax <= f.D {
			bad = "needs a duration above 0, and a range that ends above its start"
		}
	case Join:
		if own.D = f.D; f.D < 0 {
			bad = "needs a duration of 0 or more"
		}
	case Chop:
		if own.N, own.NMax = f.N, f.NMax; f.N < 1 || f.NMax != 0 && f.NMax <= f.N {
			bad = "needs a size of 1 or more, and a range that ends above its start"
		}
	case Drop, Duplicate:
		if own.N, own.Line = f.N, f.Line; f.Line == (f.N != 0) || f.N < 0 {
			bad = "needs a count of 1 or more, or a line"
		}
	case Truncate:
		if own.N = f.N; f.N < 0 {
			bad = "needs a count of 1 or more, or none"
		}
	case Throttle:
		if own.N = f.N; f.N < 1 {
			bad = "needs a rate of 1 byte a second or more"
		}
	case Drip:
		if own.N, own.D = f.N, f.D; f.N < 1 || f.D <= 0 {
			bad = "needs a count of 1 or more and a duration above 0"
		}
	case Insert, Replace:
		if own.Data = f.Data; len(f.Data) == 0 {
			bad = "needs bytes"
		}
	case Flip:
		if own.Mask = f.Mask; f.Mask == 0 {
			bad = "needs a mask that is not 0"
		}
	case Heal:
		if own.Heals = f.Heals; f.Heals != 0 && !f.Heals.Lasting() {
			bad = "needs a kind that lasts, or none"
		}
	default:
		return fmt.Errorf("faultnet: %s is no fault", f.Kind)
	}
	if bad == "" && (f.D != own.D || f.DMax != own.DMax || f.N != own.N || f.NMax != own.NMax || f.Line != own.Line ||
		len(f.Data) != len(own.Data) || f.Mask != own.Mask || f.Heals != own.Heals) {
		bad = "has a field that is not its own"
	}
	if bad != "" {
		return fmt.Errorf("faultnet: %s %s", f.Kind, bad)
	}
	return nil
}

// String returns f in the plan language, in canonical form.
func (f Fault) String() string { return string(f.append(nil)) }

func (f Fault) append(b []byte) []byte {
	b = append(b, f.Kind.String()...)
	switch f.Kind {
	case Stall, NoRead, SlowAccept, SlowConnect:
		if f.D != 0 {
			b = appendDuration(append(b, ' '), f.D)
		}
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
	case Truncate:
		if f.N != 0 {
			b = strconv.AppendInt(append(b, ' '), f.N, 10)
		}
	case Drop, Duplicate:
		if f.Line {
			b = append(b, " line"...)
		} else {
			b = strconv.AppendInt(append(b, ' '), f.N, 10)
		}
	case Throttle:
		b = appendRate(append(b, ' '), f.N)
	case Drip:
		b = strconv.AppendInt(append(b, ' '), f.N, 10)
		b = appendDuration(append(b, ' '), f.D)
	case Insert, Replace:
		b = appendQuoted(append(b, ' '), f.Data)
	case Flip:
		b = fmt.Appendf(b, " 0x%02x", f.Mask)
	case Heal:
		if f.Heals != 0 {
			b = append(append(b, ' '), f.Heals.String()...)
		}
	}
	return b
}

// pace returns the groups of bytes in which a Throttle or a Drip lets a stream
// pass, and how long one comes after the other: a rate is groups of a tenth of a
// second, or of a byte where that is longer.
func (f Fault) pace() (n int64, every time.Duration) {
	if f.Kind == Drip {
		return f.N, f.D
	}
	n = max(f.N/10, 1)
	return n, time.Duration(float64(n) / float64(f.N) * float64(time.Second))
}
