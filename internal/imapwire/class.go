package imapwire

// classes is a set of character classes.
type classes uint16

// Character classes of RFC 9051, section 9.
const (
	isAtom   classes = 1 << iota // ATOM-CHAR
	isAStr                       // ASTRING-CHAR
	isTag                        // tag
	isList                       // list-char
	isDigit                      // DIGIT
	isQuoted                     // QUOTED-CHAR that is one plain 7-bit octet
	isText                       // TEXT-CHAR
	isBase64                     // base64-char
	isName                       // ATOM-CHAR but for "[" and "<"
	isLabel                      // tagged-label-char
)

var class = makeClass()

func makeClass() (t [256]classes) {
	for i := 1; i < 128; i++ {
		c := byte(i)
		if c != '\r' && c != '\n' {
			t[c] |= isText
			if c != '"' && c != '\\' {
				t[c] |= isQuoted
			}
		}
		switch {
		case c <= ' ' || c == 0x7f || c == '(' || c == ')' || c == '{' || c == '"' || c == '\\':
		case c == '%' || c == '*':
			t[c] |= isList
		case c == ']':
			t[c] |= isAStr | isTag | isList
		case c == '+':
			t[c] |= isAtom | isAStr | isList | isBase64
		default:
			t[c] |= isAtom | isAStr | isTag | isList
		}
		if t[c]&isAtom != 0 && c != '[' && c != '<' {
			t[c] |= isName
		}
		if c >= '0' && c <= '9' {
			t[c] |= isDigit
		}
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '/' {
			t[c] |= isBase64
		}
		if t[c]&(isBase64|isDigit) != 0 && c != '+' && c != '/' || c == '-' || c == '_' || c == '.' || c == ':' {
			t[c] |= isLabel
		}
	}
	return t
}
