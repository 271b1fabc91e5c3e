package imapwire

// searchArgs is [RETURN options SP] [CHARSET charset SP] and one or more keys (RFC
// 9051, section 6.4.4; RETURN is RFC 4731).
// a, if it is not nil, is told what there is before the keys.
func (c *cursor) searchArgs(a *SearchArgs) bool {
	if c.keyword("RETURN") {
		if !c.sp() {
			return false
		}
		start := c.i
		if !c.searchReturn() {
			return false
		}
		if a != nil {
			a.Return, a.HasReturn = c.b[start+1:c.i-1], true
		}
		if !c.sp() {
			return false
		}
	}
	if c.keyword("CHARSET") {
		if !c.sp() {
			return false
		}
		start := c.i
		if !c.searchCharset() {
			return false
		}
		if a != nil {
			a.Charset = decoded(c.b[start:c.i])
		}
		if !c.sp() {
			return false
		}
	}
	for {
		if !c.searchKey(1) {
			return false
		}
		if c.peek() != ' ' {
			return true
		}
		if !c.sp() {
			return false
		}
	}
}

// searchCharset is an astring in RFC 3501, an atom or a quoted string in RFC 9051.
func (c *cursor) searchCharset() bool {
	if c.p == Rev2 {
		return c.charset()
	}
	return c.astringIn(ProdCharset, "a charset")
}

// searchReturn is the list of result options.
func (c *cursor) searchReturn() bool {
	if !c.open(ProdList, `"("`) {
		return false
	}
	if c.skip(')') {
		return true
	}
	for {
		if !c.searchOption() {
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}

// searchOption is search-return-opt. Those of RFC 4731 and RFC 5182 have no value;
// one of an extension may have a number, a set or a list.
func (c *cursor) searchOption() bool {
	for _, name := range [...]string{"MIN", "MAX", "ALL", "COUNT", "SAVE"} {
		if c.keyword(name) {
			return true
		}
	}
	if len(c.taggedLabel()) == 0 {
		return c.fail(ProdList, "an option")
	}
	if c.peek() == ' ' && isTagged(c.peekAt(1)) {
		return c.sp() && c.taggedValue()
	}
	return true
}

// keyArg is what follows the name of a search key.
type keyArg uint8

const (
	argNone keyArg = 1 + iota
	argString
	argDate
	argFlag
	argSize
	argHeader
	argSet
	argNot
	argOr
	argOld // argNone that RFC 9051 removed
	argModSeq
	argObject
	argAge
)

// searchKeys are the keys that have a name.
var searchKeys = map[string]keyArg{
	"ALL": argNone, "ANSWERED": argNone, "DELETED": argNone, "DRAFT": argNone, "FLAGGED": argNone,
	"SEEN": argNone, "UNANSWERED": argNone, "UNDELETED": argNone, "UNDRAFT": argNone,
	"UNFLAGGED": argNone, "UNSEEN": argNone, "NEW": argOld, "OLD": argOld, "RECENT": argOld,
	"BCC": argString, "BODY": argString, "CC": argString, "FROM": argString, "SUBJECT": argString,
	"TEXT": argString, "TO": argString, "HEADER": argHeader,
	"BEFORE": argDate, "ON": argDate, "SINCE": argDate, "SENTBEFORE": argDate, "SENTON": argDate,
	"SENTSINCE": argDate, "SAVEDBEFORE": argDate, "SAVEDON": argDate, "SAVEDSINCE": argDate,
	"SAVEDATESUPPORTED": argNone,
	"KEYWORD":           argFlag, "UNKEYWORD": argFlag, "LARGER": argSize, "SMALLER": argSize,
	"OLDER": argAge, "YOUNGER": argAge, // RFC 5032
	"UID": argSet, "NOT": argNot, "OR": argOr, "MODSEQ": argModSeq,
	"EMAILID": argObject, "THREADID": argObject,
}

// searchKey is search-key. depth bounds the recursion: NOT, OR and parentheses.
func (c *cursor) searchKey(depth int) bool {
	if depth > MaxNesting {
		return c.fail(ProdNesting, "fewer search keys in search keys")
	}
	start := c.i
	switch ch := c.peek(); {
	case ch == '(':
		c.i++
		c.tell([]byte{'('}, depth, nil)
		for {
			if !c.searchKey(depth + 1) {
				return false
			}
			if !c.next(ProdSearchKey) {
				return !c.bad
			}
		}
	case class[ch]&isDigit != 0 || ch == '*' || ch == '$':
		if !c.set(setSeq) {
			return false
		}
		c.tell(nil, depth, c.b[start:c.i])
		return true
	}
	name := c.name()
	var buf [maxName]byte
	if len(name) > len(buf) {
		return c.failAt(start, ProdSearchKey, "a search key")
	}
	for i, ch := range name {
		buf[i] = upper(ch)
	}
	arg := searchKeys[string(buf[:len(name)])]
	if arg == 0 || arg == argOld && c.p == Rev2 {
		return c.failAt(start, ProdSearchKey, "a search key")
	}
	inner := arg == argNot || arg == argOr
	if arg == argNone || arg == argOld || inner {
		c.tell(name, depth, nil)
	}
	if arg == argNone || arg == argOld {
		return true
	}
	if !c.sp() {
		return false
	}
	start = c.i
	if !c.searchArg(arg, depth) {
		return false
	}
	if !inner {
		c.tell(name, depth, c.b[start:c.i])
	}
	return true
}

// tell hands a key over to whom it may concern.
func (c *cursor) tell(name []byte, depth int, arg []byte) {
	if c.keys != nil {
		c.keys(SearchKey{Name: intern(name), Depth: depth - 1, Arg: arg})
	}
}

func (c *cursor) searchArg(arg keyArg, depth int) bool {
	switch arg {
	case argString:
		return c.astring()
	case argHeader:
		return c.astring() && c.sp() && c.astring()
	case argDate:
		return c.date()
	case argFlag:
		return c.word(isAtom, ProdFlag, "a keyword")
	case argSize:
		return c.size(false)
	case argSet:
		return c.set(setSeq)
	case argNot:
		return c.searchKey(depth + 1)
	case argOr:
		return c.searchKey(depth+1) && c.sp() && c.searchKey(depth+1)
	case argModSeq:
		return c.modSeqKey()
	case argObject:
		return c.objectID()
	case argAge:
		return c.nz()
	}
	return c.fail(ProdSearchKey, "a search key")
}

// modSeqKey is [entry SP type SP] number of RFC 7162, section 7.
func (c *cursor) modSeqKey() bool {
	if c.peek() == '"' {
		if !c.entryName() || !c.sp() {
			return false
		}
		if !c.keyword("PRIV") && !c.keyword("SHARED") && !c.keyword("ALL") {
			return c.fail(ProdSearchKey, "priv, shared or all")
		}
		if !c.sp() {
			return false
		}
	}
	_, ok := c.number(max63, false)
	return ok
}

// entryName is entry-name: a flag behind "/flags/", in quotes.
func (c *cursor) entryName() bool {
	if !hasFold(c.b[c.i:], `"/FLAGS/`) {
		return c.fail(ProdSearchKey, `"/flags/..." in quotes`)
	}
	c.i += len(`"/flags/`)
	system := hasFold(c.b[c.i:], `\\`)
	if system {
		c.i += 2
	}
	start := c.i
	if !c.atom() {
		return false
	}
	if system && equalFold(c.b[start:c.i], "RECENT") {
		return c.failAt(start, ProdFlag, `a flag other than \Recent`)
	}
	return c.expect('"', ProdQuoted, "the closing quote")
}
