package imapwire

import (
	"fmt"
	"time"
)

const months = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"

// digits is a field of exactly n digits.
func (c *cursor) digits(n int, prod string) (int, bool) {
	v := 0
	for range n {
		ch := c.peek()
		if class[ch]&isDigit == 0 {
			return 0, c.fail(prod, "a digit")
		}
		v = v*10 + int(ch-'0')
		c.i++
	}
	return v, true
}

// monthYear is "-" date-month "-" date-year, and checks that the day, which
// starts at byte start, exists in that month.
func (c *cursor) monthYear(start, day int, prod string) (month, year int, ok bool) {
	if !c.expect('-', prod, `"-"`) {
		return 0, 0, false
	}
	for m := 0; m < len(months) && month == 0; m += 3 {
		if hasFold(c.b[c.i:], months[m:m+3]) {
			month = m/3 + 1
		}
	}
	if month == 0 {
		return 0, 0, c.fail(prod, "a month")
	}
	c.i += 3
	if !c.expect('-', prod, `"-"`) {
		return 0, 0, false
	}
	if year, ok = c.digits(4, prod); !ok {
		return 0, 0, false
	}
	if day < 1 || day > daysIn(month, year) {
		return 0, 0, c.failAt(start, prod, "a day of that month")
	}
	return month, year, true
}

func daysIn(month, year int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// date is date of RFC 9051, section 9, with or without quotes.
func (c *cursor) date() bool {
	q := c.skip('"')
	start := c.i
	n := 1
	if class[c.peekAt(1)]&isDigit != 0 {
		n = 2
	}
	day, ok := c.digits(n, ProdDate)
	if !ok {
		return false
	}
	if _, _, ok = c.monthYear(start, day, ProdDate); !ok {
		return false
	}
	return !q || c.expect('"', ProdDate, "the closing quote")
}

// stamp is what a date-time says.
type stamp struct{ year, month, day, hour, min, sec, zone int }

// dateTime is date-time. Beyond the grammar it wants a day and a time that exist
// (a leap second does) and a zone of less than 24 hours.
func (c *cursor) dateTime() (s stamp, ok bool) {
	if !c.expect('"', ProdDateTime, "a date and time in quotes") {
		return s, false
	}
	start := c.i
	if c.skip(' ') {
		s.day, ok = c.digits(1, ProdDateTime)
	} else {
		s.day, ok = c.digits(2, ProdDateTime)
	}
	if !ok {
		return s, false
	}
	if s.month, s.year, ok = c.monthYear(start, s.day, ProdDateTime); !ok {
		return s, false
	}
	if !c.expect(' ', ProdDateTime, "SP") || !c.clock(&s) {
		return s, false
	}
	if !c.expect(' ', ProdDateTime, "SP") || !c.zone(&s) {
		return s, false
	}
	return s, c.expect('"', ProdDateTime, "the closing quote")
}

// clock is time: hours, minutes and seconds.
func (c *cursor) clock(s *stamp) bool {
	for k, max := range [3]int{23, 59, 60} {
		if k > 0 && !c.expect(':', ProdDateTime, `":"`) {
			return false
		}
		start := c.i
		v, ok := c.digits(2, ProdDateTime)
		if !ok {
			return false
		}
		if v > max {
			return c.failAt(start, ProdDateTime, "a time of day")
		}
		switch k {
		case 0:
			s.hour = v
		case 1:
			s.min = v
		case 2:
			s.sec = v
		}
	}
	return true
}

// zone is a sign and hhmm.
func (c *cursor) zone(s *stamp) bool {
	neg := c.peek() == '-'
	if !neg && c.peek() != '+' {
		return c.fail(ProdDateTime, `"+" or "-"`)
	}
	c.i++
	start := c.i
	v, ok := c.digits(4, ProdDateTime)
	if !ok {
		return false
	}
	if v >= 2400 || v%100 > 59 {
		return c.failAt(start, ProdDateTime, "a zone of hours and minutes")
	}
	if s.zone = (v/100*60 + v%100) * 60; neg {
		s.zone = -s.zone
	}
	return true
}

// ParseDateTime parses a date-time in its quotes, as INTERNALDATE and APPEND have
// it (RFC 9051, section 9). A leap second is the first second of the next minute.
func ParseDateTime(b []byte) (time.Time, error) {
	c := cursor{b: b}
	s, ok := c.dateTime()
	if ok && c.i != len(b) {
		c.fail(ProdDateTime, "the end")
	}
	if err := c.err(); err != nil {
		return time.Time{}, fmt.Errorf("date-time: %w", err)
	}
	zone := time.FixedZone("", s.zone)
	return time.Date(s.year, time.Month(s.month), s.day, s.hour, s.min, s.sec, 0, zone), nil
}

// FormatDateTime returns t as a date-time in quotes, in t's own zone.
func FormatDateTime(t time.Time) string { return t.Format(`"_2-Jan-2006 15:04:05 -0700"`) }
