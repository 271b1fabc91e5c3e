package faultnet

import "strconv"

// An Op says what an Event reports.
type Op uint8

// What a tap is told.
const (
	Sent          Op = 1 + iota // bytes were accepted from the sending application
	Received                    // bytes were handed to the receiving application
	SentEOF                     // an end finished its stream, by CloseWrite or an orderly Close
	SentReset                   // an end aborted: Reset, or Close with bytes left unread
	ReceivedEOF                 // an application was told, for the first time, that the stream ended
	ReceivedReset               // an application was told that the connection was reset
	Closed                      // an application closed its end
	Struck                      // a fault took effect
)

var opNames = [...]string{"", "sent", "received", "sent EOF", "sent reset", "received EOF", "received reset", "closed", "struck"}

// String returns the op in words, such as "sent" or "received EOF".
func (o Op) String() string {
	if int(o) < len(opNames) && o > 0 {
		return opNames[o]
	}
	return "op " + strconv.Itoa(int(o))
}

// An Event is what happened on a connection, as one of the two applications
// saw it, or, for Struck, as the network did it.
type Event struct {
	Op Op
	// Side is whose stream it is for Sent, Received and Struck, and whose end
	// for all others.
	Side Side
	// Data is the bytes of Sent and Received, valid only during the call.
	Data []byte
	// Pos is the position of Data[0] in the stream as that view counts it: the
	// original stream for Sent and Struck, what was really read for Received.
	// Otherwise it is how many bytes that end had sent (SentEOF, SentReset,
	// Closed) or read (ReceivedEOF, ReceivedReset).
	Pos int64
	// Strike is set for Struck, valid only during the call.
	Strike *Strike
}
