// Package imapwire is a strict parser of IMAP for both directions of the wire:
// IMAP4rev1 (RFC 3501), IMAP4rev2 (RFC 9051) and the extensions listed below.
// It judges, it does not guess: an [Error] names the first byte that the formal
// syntax does not allow and the production that was broken there.
//
// Work is split in two. Framing ([Framer], [ResponseUnit], [CommandUnit],
// [CommandLine]) cuts a byte stream into units: a line with its literals and
// the lines that continue it. Parsing ([ParseResponse], [ParseCommand]) takes
// one complete unit. Neither copies its input: what is returned points into it.
//
// # What is covered
//
// Checked byte by byte, beside the two base protocols: LITERAL+ and LITERAL-
// (RFC 7888), UIDPLUS (RFC 4315), MOVE (RFC 6851), ESEARCH (RFC 4731), SEARCHRES
// (RFC 5182), IDLE (RFC 2177), ENABLE (RFC 5161), ID (RFC 2971), NAMESPACE (RFC
// 2342), UNSELECT (RFC 3691), BINARY (RFC 3516), LIST-EXTENDED (RFC 5258),
// LIST-STATUS (RFC 5819), SPECIAL-USE and CREATE-SPECIAL-USE (RFC 6154),
// STATUS=SIZE (RFC 8438), CHILDREN (RFC 3348), SASL-IR (RFC 4959),
// UNAUTHENTICATE (RFC 8437), APPENDLIMIT (RFC 7889), MULTIAPPEND (RFC 3502), and
// the result side of CONDSTORE (RFC 7162), OBJECTID (RFC 8474), PREVIEW (RFC
// 8970) and SAVEDATE (RFC 8514).
//
// Known by name, with arguments that are only checked for tokens, single spaces
// and balanced parentheses: SORT, THREAD, QUOTA, ACL, METADATA, COMPRESS, NOTIFY,
// LANGUAGE, COMPARATOR, VANISHED, and the parameters in parentheses that RFC 4466
// lets extensions add to SELECT, EXAMINE, CREATE, FETCH and STORE.
//
// # Limits
//
// Every function is linear in its input and safe on any input. Parentheses, body
// parts and search keys nest up to [MaxNesting] deep; deeper input is an error of
// the production "nesting", although the grammar knows no such bound.
package imapwire
