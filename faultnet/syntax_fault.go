package faultnet

import (
	"math"
	"strconv"
	"time"
)

func (s *scanner) fault() (Fault, error) {
	var f Fault
	var err error
	s.skip()
	from := s.at
	f.Kind = kindOf(s.word())
	switch s.skip(); f.Kind {
	case 0:
		err = s.wantAt(from, "a fault")
	case Stall, NoRead, SlowConnect:
		f.D, err = s.maybeDuration()
	case SlowAccept:
		f.D, err = s.duration()
	case Delay:
		f.D, f.DMax, err = s.durations()
	case Join:
		if f.D, err = s.maybeDuration(); f.D == joinDefault {
			f.D = 0
		}
	case Chop:
		if f.N, err = s.number("a count of bytes", 1); err == nil && s.eat("..") {
			f.NMax, err = s.number("a count above "+strconv.FormatInt(f.N, 10), f.N+1)
		}
	case Drop, Duplicate:
		if f.Line = s.eat("line"); !f.Line {
			f.N, err = s.number("a count of bytes or line", 1)
		}
	case Truncate:
		if isDigit(s.peek()) {
			f.N, err = s.number("a count of bytes", 1)
		}
	case Throttle:
		f.N, err = s.rate()
	case Drip:
		if f.N, err = s.number("a count of bytes", 1); err == nil {
			f.D, err = s.duration()
		}
	case Insert, Replace:
		from := s.at
		if f.Data, err = s.quoted(); err == nil && len(f.Data) == 0 {
			err = s.wantAt(from, "one byte or more")
		}
	case Flip:
		f.Mask, err = s.mask()
	case Heal:
		from := s.at
		if word := s.word(); word != "" {
			if f.Heals = kindOf(word); !f.Heals.Lasting() {
				err = s.wantAt(from, "a fault that lasts")
			}
		}
	}
	return f, err
}

// kindOf returns the kind of that name, or 0.
func kindOf(word string) Kind {
	for k := Cut; k < kindEnd; k++ {
		if kindNames[k] == word {
			return k
		}
	}
	return 0
}

// maybeDuration reads a duration if one stands next.
func (s *scanner) maybeDuration() (time.Duration, error) {
	switch s.peek() {
	case 0, '\n', ';', '#':
		return 0, nil
	}
	return s.duration()
}

// durations reads a duration, or a range of them.
func (s *scanner) durations() (lo, hi time.Duration, err error) {
	if lo, err = s.duration(); err == nil && s.eat("..") {
		from := s.at
		if hi, err = s.duration(); err == nil && hi <= lo {
			err = s.wantAt(from, "a duration above "+lo.String())
		}
	}
	return lo, hi, err
}

// mask reads 0x and one or two hexadecimal digits, not zero.
func (s *scanner) mask() (byte, error) {
	from := s.at
	n, err := strconv.ParseUint(s.word(), 0, 8)
	if err != nil || n == 0 || s.at-from < 3 || s.src[from:from+2] != "0x" {
		return 0, s.wantAt(from, "a mask from 0x01 to 0xff")
	}
	return byte(n), nil
}

// rateUnits are the units of a rate, the largest first.
var rateUnits = [...]struct {
	name  string
	bytes int64
}{{"GB/s", 1e9}, {"MB/s", 1e6}, {"KB/s", 1e3}, {"B/s", 1}}

// rate reads a number of bytes a second, above 0, with its unit.
func (s *scanner) rate() (int64, error) {
	const want = "a rate above 0 such as 64KB/s"
	from := s.at
	n, err := s.number(want, 1)
	if err != nil {
		return 0, err
	}
	for _, u := range rateUnits {
		if n <= math.MaxInt64/4/u.bytes && s.eat(u.name) {
			return n * u.bytes, nil
		}
	}
	return 0, s.wantAt(from, want)
}

// appendRate writes n bytes a second in the largest unit that is exact.
func appendRate(b []byte, n int64) []byte {
	for _, u := range rateUnits {
		if n%u.bytes == 0 {
			return append(strconv.AppendInt(b, n/u.bytes, 10), u.name...)
		}
	}
	return b
}
