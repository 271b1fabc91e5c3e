package imapwire

import "strconv"

// The productions that an Error can name. The set is small and stable, so that
// findings can be sorted by it.
const (
	ProdTag         = "tag"
	ProdCommand     = "command"
	ProdResponse    = "response"
	ProdStatus      = "status"
	ProdCode        = "code"
	ProdText        = "text"
	ProdSpace       = "space"
	ProdCRLF        = "crlf"
	ProdMailbox     = "mailbox"
	ProdUTF7        = "utf7"
	ProdAtom        = "atom"
	ProdAString     = "astring"
	ProdString      = "string"
	ProdQuoted      = "quoted"
	ProdLiteral     = "literal"
	ProdNumber      = "number"
	ProdSequenceSet = "sequence-set"
	ProdUIDSet      = "uid-set"
	ProdFlag        = "flag"
	ProdDateTime    = "date-time"
	ProdDate        = "date"
	ProdSection     = "section"
	ProdPartial     = "partial"
	ProdFetchAtt    = "fetch-att"
	ProdStoreAtt    = "store-att"
	ProdSearchKey   = "search-key"
	ProdStatusAtt   = "status-att"
	ProdList        = "list"
	ProdListMailbox = "list-mailbox"
	ProdCharset     = "charset"
	ProdBase64      = "base64"
	ProdEnvelope    = "envelope"
	ProdBody        = "body"
	ProdNesting     = "nesting"
	ProdNull        = "null"
	ProdCapability  = "capability"
)

// MaxNesting is how deep parentheses, body parts and search keys may nest. The
// formal syntax has no bound; this one is far above what any mail needs and keeps
// the stack small whatever the input is.
const MaxNesting = 1000

// Error says where a unit leaves the formal syntax.
type Error struct {
	// Pos is the 0-based offset in the unit of the first byte that is not allowed.
	Pos int
	// Production is one of the Prod constants.
	Production string
	// Want says what the syntax has at Pos, Got what stands there.
	Want, Got string
}

// Error returns "byte N: want X, got Y", N being Pos.
func (e *Error) Error() string {
	return "byte " + strconv.Itoa(e.Pos) + ": want " + e.Want + ", got " + e.Got
}

// describe names the byte at position i of b.
func describe(b []byte, i int) string {
	if i >= len(b) {
		return "the end"
	}
	switch c := b[i]; {
	case c == '\r':
		return "CR"
	case c == '\n':
		return "LF"
	case c == 0:
		return "NUL"
	case c == ' ':
		return "SP"
	case c < ' ' || c >= 0x7f:
		const hex = "0123456789abcdef"
		return "0x" + string([]byte{hex[c>>4], hex[c&15]})
	default:
		return strconv.Quote(string(rune(c)))
	}
}
