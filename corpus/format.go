package corpus

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// Format returns the canonical text of c. Of a case that is not valid it prints
// what can be printed.
func Format(c *Case) []byte { return c.Append(nil) }

// Append appends the canonical text of c to dst and returns the result.
func (c *Case) Append(dst []byte) []byte {
	if dst == nil {
		dst = make([]byte, 0, c.guess())
	}
	dst = append(dst, "imapfuzz case 1\n"...)
	dst = appendNote(dst, c.Note)
	dst = append(dst, "target: "...)
	dst = append(dst, c.Target.String()...)
	dst = append(dst, '\n')
	if c.Honest {
		dst = append(dst, "peer: honest\n"...)
	}
	if len(c.Rules) > 0 {
		dst = append(dst, "rules:"...)
		for _, id := range c.Rules {
			dst = append(dst, ' ')
			dst = append(dst, id...)
		}
		dst = append(dst, '\n')
	}
	for i := range c.Plan {
		dst = append(dst, "plan"...)
		if n := c.Plan[i].Conn; n != 1 {
			dst = append(dst, ' ')
			dst = strconv.AppendInt(dst, int64(n), 10)
		}
		dst = append(dst, ": "...)
		dst = append(dst, c.Plan[i].Rule.String()...)
		dst = append(dst, '\n')
	}
	dst = append(dst, '\n')
	for i := range c.Steps {
		dst = c.Steps[i].Append(dst)
	}
	return appendNote(dst, c.End)
}

// guess returns about how long the text of c is.
func (c *Case) guess() int {
	n := 128 + 64*len(c.Plan)
	for i := range c.Steps {
		s := &c.Steps[i]
		n += 16 + min(len(s.Data)+len(s.Data)/8, 4096) + 48*len(s.Faults)
	}
	return n
}

// Append appends the lines of s, its notes and faults included, to dst.
func (s *Step) Append(dst []byte) []byte {
	dst = appendNote(dst, s.Note)
	switch s.Op {
	case Time:
		dst = append(dst, "T: "...)
		dst = appendDuration(dst, s.D)
	case Restart:
		dst = append(dst, "RESTART:"...)
	case Strike:
		dst = appendConn(append(dst, '!'), s.Conn)
		dst = appendRule(dst, s.Fault)
	case StartTLS:
		dst = append(appendConn(append(dst, "TLS"...), s.Conn), ':')
	case Do:
		dst = appendData(appendConn(append(dst, 'D'), s.Conn), s.Data, false)
	default:
		letter := byte('C')
		if s.Side == faultnet.Server {
			letter = 'S'
		}
		dst = appendData(appendConn(append(dst, letter), s.Conn), s.Data, true)
	}
	dst = append(dst, '\n')
	for _, r := range s.Faults {
		dst = append(dst, "  !"...)
		dst = appendRule(dst, r)
		dst = append(dst, '\n')
	}
	return dst
}

func appendConn(dst []byte, n int) []byte {
	if n == 1 {
		return dst
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

func appendRule(dst []byte, r faultnet.Rule) []byte {
	dst = append(dst, ' ')
	return append(dst, r.String()...)
}

// appendData appends ": text" or "= expr", whichever is canonical for d; lines
// of a wire end in CRLF, calls do not.
func appendData(dst, d []byte, wire bool) []byte {
	text := d
	plain := true
	if wire {
		text, plain = bytes.CutSuffix(d, crlf)
	}
	if !plain || !isPlainText(text) {
		return appendExpr(append(dst, "= "...), d)
	}
	dst = append(dst, ':')
	if len(text) > 0 {
		dst = append(dst, ' ')
	}
	return append(dst, text...)
}

// isPlainText reports whether text can stand behind "C:".
func isPlainText(text []byte) bool {
	n := len(text)
	if n == 0 {
		return true
	}
	if text[0] == ' ' || text[n-1] == ' ' || !isPlain(text) {
		return false
	}
	if n > plainMax {
		_, long := nextRun(text, 0)
		return !long
	}
	return true
}

// appendDuration appends d without the zero units that its String has.
func appendDuration(dst []byte, d time.Duration) []byte {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return append(dst, s...)
}

// appendNote appends comment lines. A line break within one splits it.
func appendNote(dst []byte, note []string) []byte {
	for _, text := range note {
		for line := range strings.SplitSeq(text, "\n") {
			dst = append(dst, '#')
			if line = trimNote(line); line != "" {
				dst = append(dst, ' ')
				dst = append(dst, line...)
			}
			dst = append(dst, '\n')
		}
	}
	return dst
}
