package fuzz

import (
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/corpus/capture"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

// captureOf returns the capture file of a run. It holds what was sent; a stream
// that a fault had ended is cut where it was.
func captureOf(rec *harness.Record) []byte {
	conns := make([]capture.Conn, 0, len(rec.Conns))
	for i := range rec.Events {
		e := &rec.Events[i]
		if e.Conn < 1 {
			continue
		}
		for len(conns) < e.Conn {
			conns = append(conns, capture.Conn{})
		}
		if p, ok := captureEvent(e); ok {
			c := &conns[e.Conn-1]
			c.Events = append(c.Events, p)
		}
	}
	file, err := capture.NG(conns)
	if err != nil {
		return nil // an event kind that captureEvent does not make
	}
	return file
}

// captureEvent says what e was on the wire.
func captureEvent(e *harness.Event) (capture.Event, bool) {
	p := capture.Event{At: e.At}
	switch e.Kind {
	case harness.Opened:
		p.Kind = capture.Open
	case harness.ClientSent, harness.ServerSent:
		p.Kind, p.FromClient, p.Data = capture.Data, e.Kind == harness.ClientSent, e.Data
	case harness.ServerEOF, harness.ClientEOF:
		// Who is told of an end sees the other's FIN.
		p.Kind, p.FromClient = capture.FIN, e.Kind == harness.ServerEOF
	case harness.ClientClosed, harness.ServerClosed:
		p.Kind, p.FromClient = capture.FIN, e.Kind == harness.ClientClosed
	case harness.ServerReset, harness.ClientReset:
		p.Kind, p.FromClient = capture.RST, e.Kind == harness.ServerReset
	case harness.Struck:
		p.Kind = capture.Fault
		if e.Strike != nil {
			journal := []faultnet.Strike{*e.Strike}
			p.Text = strings.TrimSpace(faultnet.JournalPlan(journal).String())
		}
	default:
		return p, false
	}
	return p, true
}

// captureOfCase returns the capture file of a case whose run left nothing
// behind, because it ended its process: only what the harness meant to send.
func captureOfCase(c *corpus.Case) []byte {
	conns := make([]capture.Conn, c.Conns())
	at := capture.Event{}.At
	for i := range c.Steps {
		s := &c.Steps[i]
		if s.Op == corpus.Time {
			at += s.D
		}
		if s.Conn < 1 || !s.Sends(c.Target) {
			continue
		}
		e := capture.Event{At: at, FromClient: s.Side == faultnet.Client, Data: s.Data}
		conns[s.Conn-1].Events = append(conns[s.Conn-1].Events, e)
	}
	for i := range conns {
		conns[i].Name = "as the case says: the run ended its process"
	}
	file, err := capture.NG(conns)
	if err != nil {
		return nil
	}
	return file
}
