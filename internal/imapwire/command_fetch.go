package imapwire

// FetchAtt is one thing that FETCH asks for (RFC 9051, section 6.4.5).
type FetchAtt struct {
	// Name is in upper case, without section: "BODY.PEEK", "ALL".
	Name string
	// Section is what stands between the brackets; nil if there are none.
	Section []byte
	// Partial says that Offset and Length are given: "<Offset.Length>".
	Partial        bool
	Offset, Length uint64
}

// EachFetchAtt calls f for every item that FETCH or UID FETCH asks for, a macro as
// it stands, and returns the modifiers behind them. It stops at the first error.
func (cmd Command) EachFetchAtt(f func(FetchAtt)) (m FetchModifiers, ok bool) {
	c := cmd.args()
	if cmd.base() != "FETCH" {
		return m, false
	}
	ok = c.fetchArgs(cmd.UID(), f, &m) && c.whole()
	return m, ok
}

// StoreArgs are the arguments of STORE and UID STORE (RFC 9051, section 6.4.6).
type StoreArgs struct {
	Set   Set
	Saved bool // "$" is in the set
	// Op is '+' to add the flags, '-' to remove them, 0 to replace them.
	Op     byte
	Silent bool
	Flags  Words
	// UnchangedSince is set where HasUnchangedSince is (RFC 7162, section 3.1.3).
	UnchangedSince    uint64
	HasUnchangedSince bool
}

// StoreArgs takes STORE and UID STORE apart.
func (cmd Command) StoreArgs() (s StoreArgs, ok bool) {
	if cmd.base() != "STORE" {
		return s, false
	}
	if s.Set, s.Saved, ok = cmd.Set(); !ok {
		return s, false
	}
	c := cmd.args()
	ok = c.storeArgs(&s) && c.whole()
	return s, ok
}

// AppendMessage is one message of APPEND (RFC 9051, section 6.3.12).
type AppendMessage struct {
	Flags  Words  // nil if there is no list
	Date   []byte // the date-time in its quotes, or nil: ParseDateTime reads it
	Binary bool   // a literal8 (RFC 3516, section 4.4)
	Data   []byte
}

// EachMessage calls f for every message of APPEND, more than one with MULTIAPPEND
// (RFC 3502). It stops at the first error.
func (cmd Command) EachMessage(f func(AppendMessage)) (ok bool) {
	c := cmd.args()
	return cmd.Name == "APPEND" && c.appendArgs(f) && c.whole()
}

// SearchKey is one key of SEARCH (RFC 9051, section 6.4.4).
type SearchKey struct {
	// Name is in upper case; "" for a set of message numbers, "(" for a group.
	Name string
	// Depth counts the groups, NOTs and ORs around the key.
	Depth int
	// Arg is the key's arguments on the wire: a string, a date, a set. It is nil for
	// a key without, and for NOT, OR and a group, whose keys follow.
	Arg []byte
}

// SearchArgs are the arguments of SEARCH but for its keys.
type SearchArgs struct {
	// Return has the result options, and HasReturn says that they are there, empty
	// perhaps (RFC 4731).
	Return    Words
	HasReturn bool
	Charset   []byte // decoded; nil if there is none
}

// EachSearchKey calls f for every key of SEARCH or UID SEARCH, each before the keys
// that it encloses, and returns the other arguments. It stops at the first error.
func (cmd Command) EachSearchKey(f func(SearchKey)) (a SearchArgs, ok bool) {
	if cmd.base() != "SEARCH" {
		return a, false
	}
	c := cmd.args()
	c.keys = f
	ok = c.searchArgs(&a) && c.whole()
	return a, ok
}
