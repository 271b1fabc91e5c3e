// Package trace has what happened on connections as neutral events: what a
// capture file is written from. It is apart from package capture so that what
// makes events need not carry what writes files.
package trace

import "time"

// Kind says what an [Event] is.
type Kind uint8

// The kinds of events.
const (
	Data  Kind = iota // bytes
	Open              // the handshake; made up before the first other event if missing
	FIN               // the sender's stream ends in order
	RST               // the sender aborts the connection
	Fault             // something the network did: Text, no packet
)

// An Event is something that happened on a connection.
type Event struct {
	At         time.Duration // since the run began
	FromClient bool          // who sent
	Kind       Kind
	Data       []byte
	Text       string // Fault: what it was, one line
}

// A Conn is one connection, its events in the order in which they happened.
type Conn struct {
	Name   string // for the file's comment
	Events []Event
}
