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
// CONDSTORE and QRESYNC (RFC 7162), COMPRESS (RFC 4978), OBJECTID (RFC
// 8474), PREVIEW (RFC 8970), SAVEDATE (RFC 8514) and WITHIN (RFC 5032).
//
// Known by name, with arguments that are only checked for tokens, single spaces
// and balanced parentheses: the commands SORT and THREAD, and QUOTA, ACL, METADATA,
// NOTIFY, LANGUAGE and COMPARATOR.
//
// Both revisions have their grammar in testdata, as ABNF. Sentences made from it
// have to be accepted; sentences with a mistake, whether they still are ones or
// not, have to be judged as it judges them.
//
// # Where it is stricter than the ABNF
//
//   - Days, times and zones have to exist; a leap second does.
//   - Text that begins with "[" has to begin with a code: the alternative that is
//     listed first has priority (RFC 9051, section 9). For the same reason a known
//     code, option or result has its own arguments or none.
//   - An initial response of AUTHENTICATE is not empty but "=" (RFC 4959, section 3).
//   - Rev1 has mailbox names in valid modified UTF-7 only (RFC 3501, section 5.1.3).
//   - A body part whose type is TEXT or MESSAGE has that type's fields, also where
//     the type is a literal.
//   - UIDNEXT and UIDVALIDITY of STATUS are not 0, in Rev1 too (RFC 4466).
//
// # Where it is lenient, and for whom
//
//   - Any takes what either revision takes, for a judge who does not know which one a
//     session speaks. Beyond that it takes, for extensions that this package does not
//     know: parameters in parentheses (RFC 4466) of SELECT, EXAMINE, CREATE, RENAME,
//     FETCH and STORE; flags and patterns where a tagged value has an astring; UTF-8
//     in the argument of an unknown code; and any algorithm of COMPRESS.
//   - Rev1 and Rev2 take the extensions above whether they were announced or not:
//     that is for a judge who knows the session.
//   - A LIST response may have more than one selectability attribute: servers send
//     \Noselect with \NonExistent for clients of RFC 3501.
//   - Extended data of LIST may have any tag, also one that is no label.
//   - The origin octet of a BODY section may have 63 bits, for servers with messages
//     that large, and BINARY may have one, for those who read RFC 3516, section 4.3.
//   - "* n RECENT" and SEARCH are taken from a server of Rev2, as RFC 9051 has it for
//     clients of both, and PREAUTH wherever a status may stand.
//   - A continuation may be "+ " alone: an empty SASL challenge.
//   - [Framer] takes "{n+}" from a server, and in a code the first "]" ends what can
//     have literals: it would not find one in BADCHARSET behind a charset with "]".
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
// Every function is linear in its input and safe on any input. Parsing allocates
// nothing, but for an error, an unknown name, and what an accessor says. Parentheses, body
// parts and search keys nest up to [MaxNesting] deep; deeper input is an error of
// the production "nesting", although the grammar knows no such bound.
package imapwire
