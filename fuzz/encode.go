package fuzz

import (
	"slices"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// Encode returns bytes that Decode makes c of again: compact ones if they can say
// it, and otherwise its text. ok is false if c is beyond the bounds of Decode; the
// bytes then stand for a case that is only like it. The Vocabulary that Decode is
// given must allow the client's peer of c, and its restarts.
func Encode(c *corpus.Case) (data []byte, ok bool) {
	v := DefaultVocabulary(c.Target)
	v.Restarts = c.Target == corpus.Server
	if data, ok = compact(c); ok && Decode(c.Target, data, v).Equal(c) {
		return data, true
	}
	data = corpus.Format(c)
	return data, Decode(c.Target, data, v).Equal(c)
}

// compact writes c in records, if that can be done.
func compact(c *corpus.Case) (data []byte, ok bool) {
	if len(c.Note) > 0 || len(c.Rules) > 0 || len(c.Steps) > maxDecoded {
		return nil, false
	}
	e := encoder{data: []byte{bareFlag}}
	if c.Honest {
		e.data[0] |= honestFlag
	}
	for i := range c.Steps {
		e.step(c.Target, &c.Steps[i])
	}
	for i := range c.Plan {
		e.raw(c.Plan[i].Conn, rawPlan, []byte(c.Plan[i].Rule.String()))
	}
	return e.data, !e.failed && e.records <= maxRecords
}

// encoder writes records.
type encoder struct {
	data    []byte
	records int
	failed  bool
}

func (e *encoder) step(target corpus.Target, s *corpus.Step) {
	e.failed = e.failed || len(s.Note) > 0
	switch s.Op {
	case corpus.Time:
		e.time(s.D)
	case corpus.Strike:
		e.raw(s.Conn, rawStrike, []byte(s.Fault.String()))
	case corpus.StartTLS:
		e.record(opTLS, s.Conn, 0)
	case corpus.Restart:
		e.record(opTLS, 1, restartFrom)
	case corpus.Do:
		e.raw(s.Conn, rawDo, s.Data)
	default:
		kind := rawData
		if s.Expects(target) {
			kind = rawExpect
		}
		e.raw(s.Conn, kind, s.Data)
	}
	for _, r := range s.Faults {
		e.raw(s.Conn, rawBeside, []byte(r.String()))
	}
}

// record writes a record with its first bytes; the others are 0.
func (e *encoder) record(op, conn, kind int) []byte {
	k := slices.Index(connTable[:], conn)
	if k < 0 {
		e.failed = true
		k = 0
	}
	e.records++
	e.data = append(e.data, byte(op), byte(k), byte(kind), 0, 0, 0, 0, 0)
	return e.data[len(e.data)-recordSize:]
}

func (e *encoder) raw(conn, kind int, b []byte) {
	if len(b) == 0 || len(b) > 0xffff {
		e.failed = true
		return
	}
	rec := e.record(opRaw, conn, kind)
	rec[3], rec[4] = byte(len(b)>>8), byte(len(b))
	e.data = append(e.data, b...)
}

func (e *encoder) time(d time.Duration) {
	if d%time.Millisecond != 0 || d > maxTime {
		e.failed = true
		return
	}
	rec := e.record(opTime, 1, 1)
	for i, ms := recordSize-1, d/time.Millisecond; i >= 3; i, ms = i-1, ms>>8 {
		rec[i] = byte(ms)
	}
}
