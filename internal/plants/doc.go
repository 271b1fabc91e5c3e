// Package plants tests the tester: it has a small, correct IMAP server and a
// small, correct client, each with defects that can be switched on by name.
//
// A [Plant] is one such defect, with the rule that it breaks and the text of a
// case that provokes it. The server and the client with no defect are its clean
// twins: the same case must raise nothing against them.
//
// The server speaks IMAP4rev1 with what IMAP4rev2 (RFC 9051) took over of the
// extensions: IDLE, LITERAL+, MOVE, UIDPLUS, UNSELECT, SASL-IR. It parses
// commands with package imapwire's strict grammar, has one goroutine a
// connection, and never writes to a connection while it holds a lock. Of the
// data items of FETCH it has those that the harness asks for; it answers NO to
// what it cannot do.
package plants
