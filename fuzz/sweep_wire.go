package fuzz

import (
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A wire is what the two sides of one connection sent.
type wire struct {
	Client, Server direction
}

// A direction is one side's stream. Len counts all its bytes, Plain has those
// before TLS.
type direction struct {
	Len   int64  `json:"len"`
	Plain []byte `json:"plain,omitempty"`
}

// of returns the stream of that side.
func (w *wire) of(side faultnet.Side) *direction {
	if side == faultnet.Server {
		return &w.Server
	}
	return &w.Client
}

// wiresOf returns the wires of the connections of the case, in their order.
func wiresOf(rec *harness.Record) []wire {
	var out []wire
	for i := range rec.Events {
		e := &rec.Events[i]
		if e.Conn < 1 {
			continue
		}
		for len(out) < e.Conn {
			out = append(out, wire{})
		}
		w := &out[e.Conn-1]
		switch e.Kind {
		case harness.ClientSent:
			w.Client.add(e)
		case harness.ServerSent:
			w.Server.add(e)
		case harness.ClientClosed: // Pos is how much that end had sent, TLS included
			w.Client.Len = max(w.Client.Len, e.Pos)
		case harness.ServerClosed:
			w.Server.Len = max(w.Server.Len, e.Pos)
		}
	}
	return out
}

func (d *direction) add(e *harness.Event) {
	if e.TLS {
		return
	}
	if e.Pos == int64(len(d.Plain)) {
		d.Plain = append(d.Plain, e.Data...)
	}
	d.Len = max(d.Len, e.Pos+int64(len(e.Data)))
}
