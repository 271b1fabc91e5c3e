package harness

import (
	"bytes"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// The harness's own sessions ask the same of the same store in each run, and are
// mostly told the same: what a response means is read once and then known.
type saidBefore struct {
	lines map[string]said
}

const (
	maxSaid     = 512     // lines that are known
	maxSaidLine = 1 << 10 // bytes of one
)

// said is what a response to one of the harness's own sessions means.
type said struct {
	what  saidWhat
	num   uint32
	m     Message
	whole bool // the message could be read to its end
}

type saidWhat uint8

const (
	saidElse saidWhat = iota
	saidExists
	saidUIDValidity
	saidUIDNext
	saidFetch
)

// read returns what line means. Nobody may change it.
func (s *saidBefore) read(line []byte) said {
	if known, ok := s.lines[string(line)]; ok {
		return known
	}
	now := readSaid(line)
	if len(line) <= maxSaidLine && len(s.lines) < maxSaid {
		if s.lines == nil {
			s.lines = make(map[string]said)
		}
		now.m.Body = bytes.Clone(now.m.Body) // it was part of line
		s.lines[string(line)] = now
	}
	return now
}

func readSaid(line []byte) said {
	r, _ := imapwire.ParseResponse(line, imapwire.Any)
	switch {
	case r.Name == "EXISTS":
		return said{what: saidExists, num: r.Num}
	case r.Name == "FETCH":
		m, whole := fetchedMessage(r)
		return said{what: saidFetch, m: m, whole: whole}
	case r.Code == "UIDVALIDITY":
		return said{what: saidUIDValidity, num: parseNum(r.CodeArg)}
	case r.Code == "UIDNEXT":
		return said{what: saidUIDNext, num: parseNum(r.CodeArg)}
	}
	return said{}
}
