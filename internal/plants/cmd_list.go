package plants

import (
	"slices"
	"strings"
)

// listOptions are what LIST may be asked (RFC 9051, section 6.3.9).
type listOptions struct {
	extended   bool // the command is more than that of RFC 3501
	subscribed bool // select: only names that are subscribed to
	recursive  bool // select: and names above those
	special    bool // select: only mailboxes with a use

	tellSubscribed, tellChildren, tellUse bool
	status                                []string
}

// list lists mailboxes (RFC 9051, section 6.3.9).
func (s *session) list(args []arg) string {
	var o listOptions
	if args[0].kind == list {
		o.choose(args[0].list)
		args = args[1:]
	}
	patterns := args[1].words()
	o.extended = o.extended || args[1].kind == list
	if len(args) > 3 && !o.tell(args[3].list) {
		return "BAD there is no such option"
	}
	if !o.extended && patterns[0] == "" {
		s.untagged(`LIST (\Noselect) "/" ""`)
		return "OK LIST completed"
	}
	for i := range patterns {
		patterns[i] = s.join(args[0].text, patterns[i])
	}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, name := range st.listed(o.subscribed) {
		if !s.matches(name, patterns) {
			continue
		}
		s.listName(name, patterns, o)
	}
	s.circles(patterns)
	return "OK LIST completed"
}

// choose takes the selection options. Unknown ones are extensions that the client
// was not offered: they select nothing away.
func (o *listOptions) choose(opts []arg) {
	o.extended = true
	for _, a := range opts {
		switch a.word() {
		case "SUBSCRIBED":
			o.subscribed, o.tellSubscribed = true, true
		case "RECURSIVEMATCH":
			o.recursive = true
		case "SPECIAL-USE":
			o.special, o.tellUse = true, true
		}
	}
}

// tell takes the return options.
func (o *listOptions) tell(opts []arg) bool {
	o.extended = true
	for i := 0; i < len(opts); i++ {
		switch opts[i].word() {
		case "SUBSCRIBED":
			o.tellSubscribed = true
		case "CHILDREN":
			o.tellChildren = true
		case "SPECIAL-USE":
			o.tellUse = true
		case "STATUS":
			if i++; i >= len(opts) {
				return false
			}
			o.status = opts[i].words()
		default:
			return false
		}
	}
	return true
}

// listed returns the names that LIST may show: those of mailboxes, or of what is
// subscribed to, and those above them, sorted.
func (st *store) listed(subscribed bool) []string {
	names := st.names()
	if subscribed {
		for name := range st.subscribed {
			names = append(names, name)
		}
	}
	for _, name := range names {
		for i, ch := range name {
			if ch == '/' {
				names = append(names, name[:i])
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// listName tells of one name, if the options select it.
func (s *session) listName(name string, patterns []string, o listOptions) {
	st := s.srv.store
	b := st.boxes[name]
	children := ""
	if o.subscribed && !st.subscribed[name] {
		below := func(sub string) bool { return strings.HasPrefix(sub, name+"/") && !s.matches(sub, patterns) }
		if !o.recursive || !slices.ContainsFunc(st.subscriptions(), below) {
			return
		}
		children = ` (CHILDINFO ("SUBSCRIBED"))`
	}
	if o.special && (b == nil || b.use == "") {
		return
	}
	s.untagged(`LIST (%s) "%s" %s%s`, strings.Join(s.attributes(name, o), " "), s.delimiter(), s.told(name), children)
	if b == nil || len(o.status) == 0 {
		return
	}
	if line, ok := s.statusLine(b, o.status); ok {
		s.untagged("%s", line)
	}
}

// attributes returns what LIST says of a name.
func (s *session) attributes(name string, o listOptions) []string {
	st := s.srv.store
	b := st.boxes[name]
	var out []string
	switch {
	case b == nil && (o.extended || s.rev2):
		out = append(out, `\NonExistent`)
	case b == nil:
		out = append(out, `\Noselect`)
	}
	if o.tellChildren || s.rev2 {
		if len(st.below(name)) > 0 {
			out = append(out, `\HasChildren`)
		} else {
			out = append(out, `\HasNoChildren`)
		}
	}
	if o.tellSubscribed && st.subscribed[name] {
		out = append(out, `\Subscribed`)
	}
	if b != nil && b.use != "" && (o.tellUse || s.rev2) {
		out = append(out, b.use)
	}
	return out
}

// subscriptions returns the names that are subscribed to, sorted.
func (st *store) subscriptions() []string {
	var out []string
	for name := range st.subscribed {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// lsub lists what is subscribed to; a name above it is told with \Noselect where
// the pattern goes no further (RFC 3501, section 6.3.9).
func (s *session) lsub(args []arg) string {
	if args[1].text == "" {
		s.untagged(`LSUB (\Noselect) "/" ""`)
		return "OK LSUB completed"
	}
	patterns := []string{s.join(args[0].text, args[1].text)}
	st := s.srv.store
	st.mu.Lock()
	defer st.mu.Unlock()
	names := st.subscriptions()
	if strings.HasSuffix(patterns[0], "%") {
		for _, name := range names {
			for i, ch := range name {
				if ch == '/' && !s.matches(name, patterns) {
					names = append(names, name[:i])
				}
			}
		}
		slices.Sort(names)
		names = slices.Compact(names)
	}
	for _, name := range names {
		if !s.matches(name, patterns) {
			continue
		}
		attributes := ""
		if !st.subscribed[name] || st.boxes[name] == nil {
			attributes = `\Noselect`
		}
		s.untagged(`LSUB (%s) "/" %s`, attributes, s.told(name))
	}
	return "OK LSUB completed"
}

// join puts a pattern behind a reference as "cd" would, with one delimiter
// between them (RFC 2683, section 3.4.9).
func (s *session) join(ref, pattern string) string {
	if s.srv.has("list-spins") {
		return pattern
	}
	switch {
	case s.srv.has("reference-ignored"):
	case s.srv.has("delimiter-doubled"):
		return canonicalName(ref + pattern)
	case ref != "":
		pattern = strings.TrimSuffix(ref, "/") + "/" + strings.TrimPrefix(pattern, "/")
	}
	return canonicalName(pattern)
}

// matches reports whether a name, as the client is told it, matches one of the
// patterns.
func (s *session) matches(name string, patterns []string) bool {
	wire := s.wireName(name)
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if s.srv.has("list-spins") {
			return slowMatch(wire, pattern)
		}
		return match(wire, pattern)
	})
}

// match reports whether name matches pattern: "*" stands for anything, "%" for
// anything but the separator. It takes time in proportion to the product of
// their lengths.
func match(name, pattern string) bool {
	at := make([]bool, len(name)+1) // at[i]: pattern so far matches name[:i]
	at[0] = true
	for _, p := range []byte(pattern) {
		if p == '*' || p == '%' {
			for i := range len(name) {
				at[i+1] = at[i+1] || at[i] && (p == '*' || name[i] != '/')
			}
			continue
		}
		for i := len(name); i > 0; i-- {
			at[i] = at[i-1] && name[i-1] == p
		}
		at[0] = false
	}
	return at[len(name)]
}

// slowMatch is what "list-spins" matches with: exponential in the wildcards.
func slowMatch(name, pattern string) bool {
	switch {
	case pattern == "":
		return name == ""
	case pattern[0] == '*' || pattern[0] == '%':
		return slowMatch(name, pattern[1:]) || name != "" && slowMatch(name[1:], pattern)
	}
	return name != "" && name[0] == pattern[0] && slowMatch(name[1:], pattern[1:])
}
