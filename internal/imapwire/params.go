package imapwire

// SelectParams are the parameters of SELECT and EXAMINE (RFC 7162, section 3).
type SelectParams struct {
	Condstore bool
	QResync   bool
	// What follows is set with QResync.
	UIDValidity uint32
	ModSeq      uint64
	KnownUIDs   Set // nil if it is not there
	// MatchNumbers and MatchUIDs are the seq-match-data; nil if it is not there.
	MatchNumbers, MatchUIDs Set
}

// FetchModifiers are the modifiers of FETCH and UID FETCH (RFC 7162, sections
// 3.1.4.1 and 3.2.6).
type FetchModifiers struct {
	ChangedSince uint64 // 0: not there
	Vanished     bool
}

// paramList is [SP "(" param *(SP param) ")"] (RFC 4466, section 2). A parameter
// that known does not take is one of an extension: a name and perhaps a value.
// Only Any has those.
func (c *cursor) paramList(known func() (took, ok bool)) bool {
	if c.peek() != ' ' || c.peekAt(1) != '(' {
		return true
	}
	c.i += 2
	for {
		took, ok := known()
		switch {
		case !ok:
			return false
		case took:
		case c.p != Any:
			return c.fail(ProdList, "a known parameter")
		case !c.param():
			return false
		}
		if !c.next(ProdList) {
			return !c.bad
		}
	}
}

// param is a name and, if it has one, its tagged-ext-val.
func (c *cursor) param() bool {
	if !c.word(isAtom, ProdList, "a parameter") {
		return false
	}
	if c.peek() == ' ' && isTagged(c.peekAt(1)) {
		return c.sp() && c.taggedValue()
	}
	return true
}

// anyParams are the parameters of a command for which this package knows none.
func (c *cursor) anyParams() bool {
	return c.p != Any || c.paramList(func() (bool, bool) { return false, true })
}

// selectParams is [SP select-params]; p, if it is not nil, is told what they say.
func (c *cursor) selectParams(p *SelectParams) bool {
	return c.paramList(func() (bool, bool) {
		switch {
		case c.keyword("CONDSTORE"):
			if p != nil {
				p.Condstore = true
			}
		case c.keyword("QRESYNC"):
			return true, c.sp() && c.qresync(p)
		default:
			return false, true
		}
		return true, true
	})
}

// qresync is "(" uidvalidity SP mod-sequence-value [SP known-uids] [SP
// seq-match-data] ")".
func (c *cursor) qresync(p *SelectParams) bool {
	if !c.open(ProdList, `"("`) {
		return false
	}
	validity, ok := c.number(max32, true)
	if !ok || !c.sp() {
		return false
	}
	modseq, ok := c.modSeqValue()
	if !ok {
		return false
	}
	if p != nil {
		p.QResync, p.UIDValidity, p.ModSeq = true, uint32(validity), modseq
	}
	if c.peek() == ' ' && c.peekAt(1) != '(' {
		if !c.sp() || !c.knownSet(p, 0) {
			return false
		}
	}
	if c.peek() == ' ' {
		if !c.sp() || !c.open(ProdList, `"("`) || !c.knownSet(p, 1) || !c.sp() || !c.knownSet(p, 2) {
			return false
		}
		if !c.expect(')', ProdList, `")"`) {
			return false
		}
	}
	return c.expect(')', ProdList, `")"`)
}

// knownSet is known-uids, known-sequence-set or known-uid-set: none has "*".
func (c *cursor) knownSet(p *SelectParams, which int) (ok bool) {
	if p == nil {
		return c.set(setKnown)
	}
	to := [...]*Set{&p.KnownUIDs, &p.MatchNumbers, &p.MatchUIDs}[which]
	*to, ok = c.setRanges(setKnown)
	return ok
}

// fetchModifiers is [SP fetch-modifiers]. VANISHED is for UID FETCH only.
func (c *cursor) fetchModifiers(uid bool, m *FetchModifiers) bool {
	return c.paramList(func() (bool, bool) {
		switch {
		case c.keyword("CHANGEDSINCE"):
			if !c.sp() {
				return true, false
			}
			n, ok := c.modSeqValue()
			if m != nil {
				m.ChangedSince = n
			}
			return true, ok
		case uid && c.keyword("VANISHED"):
			if m != nil {
				m.Vanished = true
			}
		case !uid && hasFold(c.b[c.i:], "VANISHED"):
			return true, c.fail(ProdList, "no VANISHED outside UID FETCH")
		default:
			return false, true
		}
		return true, true
	})
}

// storeModifiers is [SP store-modifiers]; a single UNCHANGEDSINCE is allowed.
func (c *cursor) storeModifiers(s *StoreArgs) bool {
	seen := false
	return c.paramList(func() (bool, bool) {
		start := c.i
		if !c.keyword("UNCHANGEDSINCE") {
			return false, true
		}
		if seen {
			return true, c.failAt(start, ProdList, "UNCHANGEDSINCE once only")
		}
		seen = true
		if !c.sp() {
			return true, false
		}
		n, ok := c.number(max63, false)
		if s != nil {
			s.UnchangedSince, s.HasUnchangedSince = n, ok
		}
		return true, ok
	})
}

// modSeqValue is mod-sequence-value of RFC 7162: 1*DIGIT, 63 bits in every
// profile, and not zero.
func (c *cursor) modSeqValue() (uint64, bool) {
	start := c.i
	n, ok := c.number(max63, false)
	if ok && n == 0 {
		return 0, c.failAt(start, ProdNumber, "a mod-sequence above 0")
	}
	return n, ok
}
