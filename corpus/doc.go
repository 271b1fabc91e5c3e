// Package corpus holds what imapfuzz keeps: the language in which cases are
// written, the embedded seeds, and the store of a campaign's corpus and
// findings on disk.
//
// # The case language
//
// A case is text, read line by line; lines end in LF or CRLF:
//
//	imapfuzz case 1
//	# The literal of an APPEND is cut in the middle.
//	target: server
//	rules: R-AT-1 2683-3.1.2-e
//	plan: server @54: stall 29m
//
//	C: a1 LOGIN test test
//	S: a1 OK
//	C: a2 APPEND INBOX {310}
//	  ! server line 1: delay 2s
//	S: +
//	C= "From: a@example.com\r\n"
//	  + "Subj" + "x"*3000
//	! client: cut
//	C2: b1 STATUS INBOX (MESSAGES)
//	T: 31m
//
// Line one carries the version. Any other version is a [VersionError], whether
// the reader is strict or lenient.
//
// # The head
//
//	target: server | client      what is judged; required
//	peer: scripted | honest      client cases only: an honest server plays the peer
//	rules: ID ...                the rules that the case was written for
//	plan: RULE                   one fault of connection 1, on its whole stream
//	plan N: RULE                 the same for connection N
//
// RULE is a rule of package faultnet. "rules" and "plan" may be repeated.
//
// # Steps
//
//	C: text         the client sends text and CRLF; S: the server does
//	C= expr         the client sends exactly the bytes of expr; S= the server does
//	T: duration     time passes
//	! RULE          a fault strikes here and now: RULE has no WHEN
//	D: text         the client under test is asked to do something; also D= expr
//	TLS:            both sides start TLS; where the case has sent plaintext behind
//	                STARTTLS, the other side may let that fail instead
//	RESTART:        server cases only: the server ends, and starts again over the
//	                same store; connections that were open end with it for good
//	  ! RULE        indented: a fault that belongs to the C, S or D step above and
//	                counts from the position of the stream at which that step starts
//
// A number after the letter names the connection: "C2:", "!2", "TLS2:". Without
// one it is connection 1; [MaxConns] is the highest. A number is one connection: who
// goes on after a restart dials anew, under a number that has not been used. Whether a C or S line is
// sent or expected depends on the target: the harness sends what the other side
// of the target would send.
//
// After "C:" one space is skipped; what follows is taken as it stands, blanks at
// its end and any "#" included.
//
// expr is one or more quoted strings joined with "+", each with an optional
// repeat: "x"*3000. The escapes are \r \n \t \\ \" and \xNN. It may go on in
// indented lines that start with "+". The data of one case is at most [MaxData]
// bytes, whatever the repeats say.
//
// # Comments
//
// A line whose first visible byte is "#" is a comment. A comment may also end
// any line but "C:", "S:" and "D:" lines, whose text goes to the end; there a
// blank must stand before the "#". Comments in the head, and those after header
// lines, are the note of the case. The head reaches to the first blank line after
// a header line. Other comments are the note of the step that they stand before,
// or whose line (or indented line) they end; those after the last step are the
// end of the case.
// Blanks at the end of a comment are not kept.
//
// # Canonical form
//
// [Format] gives each case one text: header lines in the order above, a blank
// line, then the steps with their notes. "C:" is chosen where the data is a line
// of printable text that neither starts nor ends with a blank; a line of more
// than 512 bytes with a long run in it, and all other data, is written "C=".
// There a run of at least 64 bytes with a period of 1 to 8 is folded into
// "unit"*N, strings end behind each CRLF, and each line of data has a line of
// text of its own. Printable is what [IsPrintable] says: it does not follow the
// Unicode tables of a Go release, so that the text of a case, and with it
// [Case.ID], is the same in all of them.
//
// Parse(Format(c)) equals c for every case that is [Case.Valid], and
// Format(Parse(t)) is a fixed point.
package corpus
