package faultnet

import (
	"fmt"
	"strconv"
	"time"
)

// quoted reads bytes in the double quotes of appendQuoted.
func (s *scanner) quoted() ([]byte, error) {
	if s.skip(); !s.eat(`"`) {
		return nil, s.want("a quoted string")
	}
	var b []byte
	for {
		from := s.at
		c := s.peek()
		if s.at == len(s.src) || c == '\n' {
			return nil, s.want("a closing quote")
		}
		s.at++
		switch {
		case c == '"':
			return b, nil
		case c != '\\':
			b = append(b, c)
			continue
		}
		c = s.peek()
		if s.at < len(s.src) {
			s.at++
		}
		switch c {
		case 'r':
			b = append(b, '\r')
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case '"', '\\':
			b = append(b, c)
		case 'x':
			if s.at+2 > len(s.src) {
				return nil, s.wantAt(from, "two hexadecimal digits")
			}
			n, err := strconv.ParseUint(s.src[s.at:s.at+2], 16, 8)
			if err != nil {
				return nil, s.wantAt(from, "two hexadecimal digits")
			}
			b = append(b, byte(n))
			s.at += 2
		default:
			return nil, s.wantAt(from, `one of \r \n \t \" \\ \xNN`)
		}
	}
}

// appendQuoted writes p in double quotes: printable ASCII as it is, CR, LF, TAB,
// quote and backslash as in Go, every other byte as \xNN.
func appendQuoted(b, p []byte) []byte {
	b = append(b, '"')
	for _, c := range p {
		switch {
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ' || c > '~':
			b = fmt.Appendf(b, `\x%02x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// appendDuration writes d as people do: 29m, not 29m0s.
func appendDuration(b []byte, d time.Duration) []byte {
	t := d.String()
	if d >= time.Minute && d%time.Minute == 0 {
		t = t[:len(t)-len("0s")]
		if d%time.Hour == 0 {
			t = t[:len(t)-len("0m")]
		}
	}
	return append(b, t...)
}
