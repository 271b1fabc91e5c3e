package fuzz

import (
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/corpus/trace"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

// traceOf returns what happened on the connections of a run. It holds what was sent; a stream
// that a fault had ended is cut where it was.
func traceOf(rec *harness.Record) []trace.Conn {
	conns := make([]trace.Conn, 0, len(rec.Conns))
	for i := range rec.Events {
		e := &rec.Events[i]
		if e.Conn < 1 {
			continue
		}
		for len(conns) < e.Conn {
			conns = append(conns, trace.Conn{})
		}
		if p, ok := traceEvent(e); ok {
			c := &conns[e.Conn-1]
			c.Events = append(c.Events, p)
		}
	}
	return conns
}

// traceEvent says what e was on the wire.
func traceEvent(e *harness.Event) (trace.Event, bool) {
	p := trace.Event{At: e.At}
	switch e.Kind {
	case harness.Opened:
		p.Kind = trace.Open
	case harness.ClientSent, harness.ServerSent:
		p.Kind, p.FromClient, p.Data = trace.Data, e.Kind == harness.ClientSent, e.Data
	case harness.ServerEOF, harness.ClientEOF:
		// Who is told of an end sees the other's FIN.
		p.Kind, p.FromClient = trace.FIN, e.Kind == harness.ServerEOF
	case harness.ClientClosed, harness.ServerClosed:
		p.Kind, p.FromClient = trace.FIN, e.Kind == harness.ClientClosed
	case harness.ServerReset, harness.ClientReset:
		p.Kind, p.FromClient = trace.RST, e.Kind == harness.ServerReset
	case harness.Struck:
		p.Kind = trace.Fault
		if e.Strike != nil {
			journal := []faultnet.Strike{*e.Strike}
			p.Text = strings.TrimSpace(faultnet.JournalPlan(journal).String())
		}
	default:
		return p, false
	}
	return p, true
}

// traceOfCase returns the same for a case whose run left nothing behind, because
// it ended its process: only what the harness meant to send.
func traceOfCase(c *corpus.Case) []trace.Conn {
	conns := make([]trace.Conn, c.Conns())
	at := trace.Event{}.At
	for i := range c.Steps {
		s := &c.Steps[i]
		if s.Op == corpus.Time {
			at += s.D
		}
		if s.Conn < 1 || !s.Sends(c.Target) {
			continue
		}
		e := trace.Event{At: at, FromClient: s.Side == faultnet.Client, Data: s.Data}
		conns[s.Conn-1].Events = append(conns[s.Conn-1].Events, e)
	}
	for i := range conns {
		conns[i].Name = "as the case says: the run ended its process"
	}
	return conns
}
