package capture

import "github.com/imapfuzz/imapfuzz/corpus/trace"

// Port is the TCP port of the server in every capture (RFC 9051, section 2.1).
const Port = 143

// MSS is how many bytes of data a segment holds at most.
const MSS = 1460

// What is written: see package trace.
type (
	Kind  = trace.Kind
	Event = trace.Event
	Conn  = trace.Conn
)

// The kinds of events.
const (
	Data  = trace.Data
	Open  = trace.Open
	FIN   = trace.FIN
	RST   = trace.RST
	Fault = trace.Fault
)
