package imapwire

// codeNames are the response codes that are known by name.
var codeNames = []string{
	"ALERT", "BADCHARSET", "CAPABILITY", "PARSE", "PERMANENTFLAGS", "READ-ONLY", "READ-WRITE",
	"TRYCREATE", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "APPENDUID", "COPYUID", "UIDNOTSTICKY",
	"UNAVAILABLE", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED",
	"CONTACTADMIN", "NOPERM", "INUSE", "EXPUNGEISSUED", "CORRUPTION", "SERVERBUG", "CLIENTBUG",
	"CANNOT", "LIMIT", "OVERQUOTA", "ALREADYEXISTS", "NONEXISTENT", "NOTSAVED", "HASCHILDREN",
	"CLOSED", "UNKNOWN-CTE", "TOOBIG", "HIGHESTMODSEQ", "NOMODSEQ", "MODIFIED", "MAILBOXID",
	"COMPRESSIONACTIVE", "USEATTR", "NEWNAME", "REFERRAL", "BADEVENT", "BADURL", "METADATA",
}

// respCode is resp-text-code, the part between the brackets.
func (c *cursor) respCode(r *Response) bool {
	start := c.i
	if !c.word(isAtom, ProdCode, "the name of a response code") {
		return false
	}
	r.Code = intern(c.b[start:c.i])
	arg := c.i
	if c.peek() == ' ' {
		arg++
	}
	ok := c.codeArg(r.Code)
	if arg <= c.i {
		r.CodeArg = c.b[arg:c.i]
	}
	return ok
}

// codeArg is what follows a code's name. An unknown code has free text there.
func (c *cursor) codeArg(code string) bool {
	switch code {
	case "ALERT", "PARSE", "READ-ONLY", "READ-WRITE", "TRYCREATE", "UIDNOTSTICKY", "UNAVAILABLE",
		"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN",
		"NOPERM", "INUSE", "EXPUNGEISSUED", "CORRUPTION", "SERVERBUG", "CLIENTBUG", "CANNOT", "LIMIT",
		"OVERQUOTA", "ALREADYEXISTS", "NONEXISTENT", "NOTSAVED", "HASCHILDREN", "CLOSED",
		"UNKNOWN-CTE", "TOOBIG", "NOMODSEQ", "COMPRESSIONACTIVE", "USEATTR":
		return true
	case "UIDNEXT", "UIDVALIDITY", "UNSEEN":
		return c.sp() && c.nz()
	case "HIGHESTMODSEQ":
		return c.sp() && c.modSeq()
	case "CAPABILITY":
		return c.capabilityData()
	case "PERMANENTFLAGS":
		return c.sp() && c.flagList(flagPermanent)
	case "APPENDUID":
		// A set after MULTIAPPEND (RFC 4315, section 3), else one identifier.
		return c.sp() && c.nz() && c.sp() && c.set(setUID)
	case "COPYUID":
		return c.sp() && c.nz() && c.sp() && c.set(setUID) && c.sp() && c.set(setUID)
	case "MODIFIED":
		return c.sp() && c.set(setAll)
	case "BADCHARSET":
		return c.badCharset()
	case "MAILBOXID":
		return c.sp() && c.objectIDs()
	}
	return c.freeArg()
}

// badCharset is [SP "(" charset *(SP charset) ")"]. RFC 3501 has astrings there,
// RFC 9051 atoms and quoted strings.
func (c *cursor) badCharset() bool {
	if c.peek() != ' ' {
		return true
	}
	if !c.sp() || !c.open(ProdCharset, `"("`) {
		return false
	}
	for {
		if !c.searchCharset() {
			return false
		}
		if !c.next(ProdCharset) {
			return !c.bad
		}
	}
}

// charset is a charset's name of RFC 9051: an atom or a quoted string.
func (c *cursor) charset() bool {
	if c.peek() == '"' {
		return c.quoted()
	}
	return c.word(isAtom, ProdCharset, "a charset")
}

// freeArg is [SP 1*<any TEXT-CHAR except "]">].
func (c *cursor) freeArg() bool {
	if !c.skip(' ') {
		return true
	}
	start := c.i
	for {
		ch := c.peek()
		if class[ch]&isText != 0 && ch != ']' {
			c.i++
			continue
		}
		// RFC 9051 allows no UTF-8 here, but human text in codes of extensions is
		// common; lenient for Any.
		if ch < 0x80 || c.p != Any || !c.utf8Char() {
			break
		}
	}
	if c.i == start {
		return c.fail(ProdCode, "the argument of the code")
	}
	return true
}

// objectIDs is "(" objectid ")" (RFC 8474, section 7).
func (c *cursor) objectIDs() bool {
	return c.open(ProdList, `"("`) && c.objectID() && c.expect(')', ProdList, `")"`)
}

// objectID is objectid.
func (c *cursor) objectID() bool {
	for n := 0; ; n++ {
		ch := c.peek()
		if class[ch]&(isBase64|isDigit) != 0 && ch != '+' && ch != '/' || ch == '-' || ch == '_' {
			c.i++
			continue
		}
		if n == 0 || n > 255 {
			return c.fail(ProdList, "an object identifier of 1 to 255 characters")
		}
		return true
	}
}

// nz is nz-number.
func (c *cursor) nz() bool {
	_, ok := c.number(max32, true)
	return ok
}

// num is number.
func (c *cursor) num() bool {
	_, ok := c.number(max32, false)
	return ok
}

// size is number64, or number for RFC 3501.
func (c *cursor) size(nonzero bool) bool {
	_, ok := c.number(c.sizeMax(), nonzero)
	return ok
}

// modSeq is mod-sequence-value of RFC 7162: 63 bits in every profile.
func (c *cursor) modSeq() bool {
	_, ok := c.modSeqValue()
	return ok
}
