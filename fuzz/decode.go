package fuzz

import (
	"bytes"
	"slices"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// Bounds of what Decode makes of any bytes.
const (
	recordSize = 8
	maxRecords = 64
	maxDecoded = 2 * maxSteps   // steps of compact data
	maxTime    = 48 * time.Hour // of a step of time
	maxText    = 256            // steps of a text
)

// textStart is how a case that is written as text begins.
const textStart = "imapfuzz case "

// Decode makes a case for target of any bytes, for fuzzers that know only bytes. It
// never fails, is linear in data, and its result is always valid and the same for
// the same arguments. v may be nil.
//
// Data that begins as a case file does is read as one, leniently, so that every case
// file is a seed, and cut down to 256 steps, 5 connections, 4 MiB of data and 48
// hours a step. Everything else is compact: a byte of flags, then at most 64 records
// of 8 bytes, each a command, a call, a reply, time, or a fault, with its arguments
// drawn from the tables of the generator; a record can be followed by bytes that
// stand for themselves, so that everything on the wire can be said. No data at all
// is a small valid session.
func Decode(target corpus.Target, data []byte, v *Vocabulary) *corpus.Case {
	if v == nil {
		v = DefaultVocabulary(target)
	}
	if bytes.HasPrefix(data, []byte(textStart)) {
		if c, _, err := corpus.ParseLenient(data); err == nil {
			return fitText(c, target)
		}
	}
	d := newDecoder(target, v)
	if len(data) > 0 {
		d.flags, data = data[0], data[1:]
	}
	if target == corpus.Client {
		d.c.Honest = v.Honest && (!v.Scripted || d.flags&honestFlag != 0)
	}
	for n := 0; len(data) > 0 && n < maxRecords && len(d.c.Steps) < maxDecoded && len(d.buf) < maxData; n++ {
		var rec [recordSize]byte
		data = data[copy(rec[:], data):]
		data = d.record(&rec, data)
	}
	d.flush()
	if len(d.c.Steps) == 0 {
		d.small()
	}
	return d.c
}

// The flags of the first byte of compact data.
const (
	bareFlag   = 3      // both bits: nothing is done that no record says
	honestFlag = 1 << 2 // a client has an honest peer
	greetShift = 3      // above: which greeting
)

// The kinds of records. The many commands come first.
const (
	opCommandMax = 6 // 0 to 6: a command, call
	opAny        = 7 // a command that fits the state; a reply
	opTime       = 8
	opStrike     = 9
	opBeside     = 10
	opPlan       = 11
	opRaw        = 12
	opTLS        = 13
	opPreamble   = 14
	opContinue   = 15
	opCount      = 16
)

// restartFrom is from which third byte on an opTLS record, whose third byte says
// nothing else, is a restart, for a server that can be restarted.
const restartFrom = 0xf0

// The meanings of the bytes behind an opRaw record.
const (
	rawData = iota
	rawExpect
	rawDo
	rawStrike
	rawBeside
	rawPlan
	rawCount
)

// connTable says which connection a byte means: mostly the first.
var connTable = [...]int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 4, 5}

type decoder struct {
	*gen
	flags byte
	begun [maxConns + 1]bool // connections that a record has used
}

func newDecoder(target corpus.Target, v *Vocabulary) *decoder {
	d := &decoder{gen: newGen(new(Rand), target, v)}
	d.c = &corpus.Case{Target: target, Steps: make([]corpus.Step, 0, 24)}
	return d
}

// record does what one record says, and returns what is left of the data.
func (d *decoder) record(rec *[recordSize]byte, rest []byte) []byte {
	op := int(rec[0]) % opCount
	d.conn = connTable[int(rec[1])%len(connTable)]
	if d.c.Target == corpus.Client {
		d.conn = 1
	}
	switch {
	case op <= opAny:
		d.begin()
		d.r.reset(rec[3:])
		d.command(op, int(rec[2]))
	case op == opTime:
		d.time(rec)
	case op == opRaw:
		n := min(int(rec[3])<<8|int(rec[4]), len(rest))
		d.raw(int(rec[2])%rawCount, rest[:n])
		return rest[n:]
	case op == opTLS:
		switch {
		case rec[2] >= restartFrom && d.v.Restarts && d.c.Target == corpus.Server:
			d.c.Steps = append(d.c.Steps, corpus.Step{Op: corpus.Restart})
		case !d.c.Honest:
			d.c.Steps = append(d.c.Steps, corpus.Step{Op: corpus.StartTLS, Conn: d.conn})
		}
	case op == opPreamble:
		d.r.reset(rec[2:])
		d.preambleOf()
	case op == opContinue:
		d.buf = append(d.buf, rec[2:3+int(rec[1])%6]...)
		d.flush()
	default:
		d.r.reset(rec[2:])
		d.faultRecord(op)
	}
	return rest
}

// begin does what comes before the first command of a connection, unless the data
// says that nothing does.
func (d *decoder) begin() {
	if d.begun[d.conn] || d.flags&bareFlag == bareFlag {
		return
	}
	d.begun[d.conn] = true
	switch {
	case d.c.Target == corpus.Server || d.c.Honest:
		d.enter(d.flags&bareFlag < 2)
	case len(d.c.Steps) == 0:
		d.s(greetings[int(d.flags>>greetShift)%len(greetings)])
		d.crlf()
		d.flush()
	}
}

// enter logs in, and selects INBOX if far.
func (d *decoder) enter(far bool) {
	if d.c.Honest {
		d.do("login test test")
		if far {
			d.do("select INBOX")
		}
		return
	}
	d.login()
	if far {
		d.selectInbox()
	}
}

func (d *decoder) preambleOf() {
	switch {
	case d.c.Target == corpus.Server || d.c.Honest:
		d.enter(d.r.Chance(3, 4))
	default:
		d.greeting()
	}
}

// command does a record of a command, call or reply.
func (d *decoder) command(op, which int) {
	switch {
	case d.c.Target == corpus.Server && op == opAny:
		d.anyCommand()
	case d.c.Target == corpus.Server:
		d.gen.command(&serverVerbs[which%len(serverVerbs)])
	case op == opAny && !d.c.Honest:
		d.bad = d.r.Chance(1, 2)
		d.anyReply()
		d.bad = false
		d.flush()
	default:
		calls := d.v.calls()
		call := d.vary(calls[which%len(calls)])
		if d.c.Honest {
			d.do(call)
		} else {
			d.call(call)
		}
	}
}

func (d *decoder) time(rec *[recordSize]byte) {
	if rec[2]&1 == 0 {
		d.pass(times[int(rec[3])%len(times)])
		return
	}
	var ms int64
	for _, b := range rec[3:] {
		ms = ms<<8 | int64(b)
	}
	d.pass(time.Duration(ms%(int64(maxTime/time.Millisecond)+1)) * time.Millisecond)
}

// faultRecord adds a fault, drawn from the record.
func (d *decoder) faultRecord(op int) {
	side := d.faultSide()
	last := len(d.c.Steps) - 1
	switch {
	case countFaults(d.c) >= maxFaults:
	case op == opPlan:
		d.c.Plan = append(d.c.Plan, corpus.PlanRule{Conn: d.conn, Rule: faultnet.Rule{Side: side, When: d.when(side, 600), Fault: d.fault(side)}})
	case op == opBeside && last >= 0 && (d.c.Steps[last].Op == corpus.Bytes || d.c.Steps[last].Op == corpus.Do):
		s := &d.c.Steps[last]
		s.Faults = append(s.Faults, d.besideFault(s, side))
	default:
		d.c.Steps = append(d.c.Steps, corpus.Step{Op: corpus.Strike, Conn: d.conn, Fault: faultnet.Rule{Side: side, Fault: d.fault(side)}})
	}
}

// raw does what bytes say that stand for themselves. Those that should be a rule and
// are none are taken as data.
func (d *decoder) raw(kind int, b []byte) {
	if len(b) == 0 {
		return
	}
	if kind >= rawStrike {
		r, err := faultnet.LinkForm.ParseRule(string(b))
		if err == nil && d.rule(kind, r) {
			return
		}
		kind = rawData
	}
	d.buf = append(d.buf, b...)
	switch kind {
	case rawDo:
		d.c.Steps = append(d.c.Steps, corpus.Step{Op: corpus.Do, Conn: 1, Data: d.cut()})
	case rawExpect:
		d.c.Steps = append(d.c.Steps, corpus.Step{Op: corpus.Bytes, Conn: d.conn, Side: d.side.Other(), Data: d.cut()})
	default:
		d.flush()
	}
}

// rule puts a rule that was read where its record says; false: it cannot stand
// there.
func (d *decoder) rule(kind int, r faultnet.Rule) bool {
	last := len(d.c.Steps) - 1
	switch {
	case kind == rawPlan:
		d.c.Plan = append(d.c.Plan, corpus.PlanRule{Conn: d.conn, Rule: r})
	case kind == rawStrike && r.When == (faultnet.When{}) && r.Repeat == (faultnet.Repeat{}) && r.Until == (faultnet.When{}):
		d.c.Steps = append(d.c.Steps, corpus.Step{Op: corpus.Strike, Conn: d.conn, Fault: r})
	case kind == rawBeside && last >= 0 && (d.c.Steps[last].Op == corpus.Bytes || d.c.Steps[last].Op == corpus.Do):
		d.c.Steps[last].Faults = append(d.c.Steps[last].Faults, r)
	default:
		return false
	}
	return true
}

// small makes a small valid session.
func (d *decoder) small() {
	switch {
	case d.c.Target == corpus.Server:
		d.conn = 1
		d.login()
		d.selectInbox()
		d.tag()
		d.s(" NOOP\r\n")
		d.flush()
	case d.c.Honest:
		d.do("login test test")
		d.do("noop")
	default:
		d.s("* OK [CAPABILITY IMAP4rev1] hi\r\n")
		d.flush()
		d.do("noop")
		d.expect("NOOP")
		d.s("$ OK done\r\n")
		d.flush()
	}
}

// fitText makes a case that was read as text one for target, within bounds.
func fitText(c *corpus.Case, target corpus.Target) *corpus.Case {
	c.Target = target
	c.Honest = c.Honest && target == corpus.Client
	if len(c.Steps) > maxText {
		c.Steps = c.Steps[:maxText]
	}
	if target == corpus.Client && c.Restarts() > 0 {
		c.Steps = slices.DeleteFunc(c.Steps, func(s corpus.Step) bool { return s.Op == corpus.Restart })
	}
	if len(c.Steps) == 0 {
		c.Steps = []corpus.Step{{Op: corpus.Bytes, Conn: 1, Side: target.Sends(), Data: []byte("\r\n")}}
	}
	left := maxRare
	for i := range c.Steps {
		s := &c.Steps[i]
		s.D = min(s.D, maxTime)
		if s.Conn > maxConns {
			s.Conn = 1 + (s.Conn-1)%maxConns
		}
		s.Data = s.Data[:min(len(s.Data), left)]
		left -= len(s.Data)
	}
	for i := range c.Plan {
		if p := &c.Plan[i]; p.Conn > maxConns {
			p.Conn = 1 + (p.Conn-1)%maxConns
		}
	}
	return c
}
