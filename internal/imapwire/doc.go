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
// UNAUTHENTICATE (RFC 8437), APPENDLIMIT (RFC 7889), MULTIAPPEND (RFC 3502),
// CONDSTORE and QRESYNC (RFC 7162), and the result side of OBJECTID (RFC 8474),
// PREVIEW (RFC 8970) and SAVEDATE (RFC 8514).
//
// Known by name, with arguments that are only checked for tokens, single spaces
// and balanced parentheses: SORT, THREAD, QUOTA, ACL, METADATA, COMPRESS, NOTIFY,
// LANGUAGE, COMPARATOR. Parameters in parentheses that RFC 4466 lets extensions add
// to SELECT, EXAMINE, CREATE, RENAME, FETCH and STORE are for Any only, but for
// those of an extension above.
//
// # Taking units apart
//
// Of a [Response]:
//
//	List          LIST, LSUB, XLIST: attributes, delimiter, mailbox, extended data
//	StatusData    STATUS: mailbox, Get of an item, All of them
//	SearchData    SEARCH, SORT: Len and All of the numbers, mod-sequence
//	ESearch       ESEARCH: tag, UID, MIN, MAX, COUNT, ALL, MODSEQ
//	Vanished      VANISHED: the UIDs, EARLIER
//	Flags         FLAGS and the code PERMANENTFLAGS
//	Capabilities  CAPABILITY, response and code; Enabled: ENABLED
//	Namespaces    NAMESPACE: each prefix and delimiter
//	CodeNumber    the codes UIDNEXT, UIDVALIDITY, UNSEEN, HIGHESTMODSEQ
//	AppendUID     the code APPENDUID; CopyUID: COPYUID; Modified: MODIFIED
//	FetchItem     one item of FETCH; UID, FetchFlags, ModSeq: the usual ones
//
// Of the value of a FETCH item ([EachFetchItem] gives them all): [ParseFlags],
// [ParseNumber], [ParseDateTime], [NString], [ParseEnvelope], [EachBodyPart] with
// [EachParam].
//
// Of a [Command]:
//
//	Mailbox       the mailbox that it works on, for [MailboxName]; NewName of RENAME
//	Set           the set of FETCH, STORE, COPY, MOVE, UID EXPUNGE; UID: is it one of UIDs
//	EachFetchAtt  what FETCH asks for: item, section, partial; its modifiers
//	StoreArgs     STORE: set, +/-, silent, flags, UNCHANGEDSINCE
//	EachSearchKey the keys of SEARCH with their depth; RETURN, CHARSET
//	EachMessage   APPEND: flags, date, binary, octets of each message
//	EachLiteral   the literals: size, synchronizing or not, position, octets
//	SelectParams  CONDSTORE and QRESYNC of SELECT and EXAMINE
//	ListArgs      LIST, LSUB: options, reference; EachPattern of the patterns
//	StatusAtts    what STATUS asks for; Enables: what ENABLE does
//	Login         name and password; Authenticate: mechanism, initial response
//
// A [Set] has Contains, Count, Numbers, Max and HasStar; [Words] has All, Has, Len
// and Strings.
//
// # Limits
//
// Every function is linear in its input and safe on any input. Parentheses, body
// parts and search keys nest up to [MaxNesting] deep; deeper input is an error of
// the production "nesting", although the grammar knows no such bound.
package imapwire
