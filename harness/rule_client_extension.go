package harness

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// everOffered reports whether the server had told, before that event, that it
// has one of these capabilities, still true or not.
func (s *Session) everOffered(event int, names ...string) bool {
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event >= event {
			break
		}
		var told []byte
		switch {
		case r.Name == "CAPABILITY":
			told = r.Rest
		case r.Code == "CAPABILITY":
			told = r.CodeArg
		default:
			continue
		}
		for _, name := range names {
			if hasCapability(told, name) {
				return true
			}
		}
	}
	return false
}

// everTold reports whether the server had told anything of its capabilities.
func (s *Session) everTold(event int) bool {
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Event < event && (r.Name == "CAPABILITY" || r.Code == "CAPABILITY") {
			return true
		}
	}
	return false
}

// extensionOf returns the capabilities one of which a command needs, and whether
// it needs any.
func (c *Command) extensionOf() (caps []string, own bool) {
	switch c.Name {
	case "IDLE", "ENABLE", "NAMESPACE", "UNSELECT", "MOVE":
		return []string{c.Name, "IMAP4rev2"}, false
	case "UID MOVE":
		return []string{"MOVE", "IMAP4rev2"}, false
	case "UID EXPUNGE":
		return []string{"UIDPLUS", "IMAP4rev2"}, false
	case "ID", "UNAUTHENTICATE", "SORT", "NOTIFY", "STARTTLS":
		return []string{c.Name}, false
	case "UID SORT":
		return []string{"SORT"}, false
	case "COMPRESS":
		return []string{"COMPRESS=DEFLATE"}, false
	case "GETACL", "SETACL", "DELETEACL", "LISTRIGHTS", "MYRIGHTS":
		return []string{"ACL"}, false
	case "GETQUOTA", "SETQUOTA", "GETQUOTAROOT":
		return []string{"QUOTA"}, false
	case "GETMETADATA", "SETMETADATA":
		return []string{"METADATA", "METADATA-SERVER"}, false
	case "AUTHENTICATE":
		if _, initial, ok := c.Authenticate(); ok && initial != nil {
			return []string{"SASL-IR", "IMAP4rev2"}, true
		}
	}
	if strings.HasPrefix(c.Name, "X") {
		return []string{c.Name}, false
	}
	return nil, false
}

// decided reports whether it was the client that decided to use u in c, as far as
// r is concerned: no call asked for it by its name, or the case knows how a careful
// client answers one that does.
func (j *judging) decided(r Rule, c *Command, u use) bool {
	switch {
	case u.own || j.named(r):
		return true
	case u.asks == nil:
		return !j.asked(c.Name)
	}
	return !j.calls(func(_ int, words []string) bool {
		return slices.ContainsFunc(words, func(word string) bool {
			return slices.ContainsFunc(u.asks, func(ask string) bool { return containsFold([]byte(word), ask) })
		})
	})
}

// halfOffered reports whether the response that was coming at event had told of one of
// the capabilities: a client need not wait for the end of its text.
func (j *judging) halfOffered(s *Session, event int, names []string) bool {
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event < event {
			continue
		}
		told := r.CodeArg
		if r.Code != "CAPABILITY" || !j.came(s, r.Pos+bytes.IndexByte(r.Raw, ']')+1, event) {
			return false
		}
		return slices.ContainsFunc(names, func(name string) bool { return hasCapability(told, name) })
	}
	return false
}

// checkExtension returns the check of one of the rules on what the server has not
// offered. The rules share it: IDLE has one of its own, private commands have, and
// so has a client that was told nothing at all.
func checkExtension(id string) func(*judging, Rule) {
	return func(j *judging, r Rule) {
		s := j.client()
		if s == nil {
			return
		}
		for i := range s.Commands {
			c := &s.Commands[i]
			uses := c.uses()
			if j.named(r) || len(uses) == 0 && (id == "2683-3.3.1-a" && c.Name == "CAPABILITY" || id == "2683-3.3.1-d" && !s.TLS || id == "2683-3.3.1-e") {
				j.reach(r)
			}
			if len(uses) == 0 || s.extensionRule(c) != id {
				continue
			}
			for _, u := range uses {
				if !j.decided(r, c, u) {
					continue
				}
				j.reach(r)
				if s.everOffered(c.Begun, u.caps...) || j.halfOffered(s, c.Begun, u.caps) || s.TLS || s.misled(c.Begun) || len(s.Responses) == 0 {
					continue
				}
				sent := quoteUnit(c.Raw)
				if u.what != "" && u.what != c.Name { // clients write such lists in any order
					sent = u.what
				}
				j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: u.what,
					Summary: fmt.Sprintf("%s was sent, and the server had not said that it has %s", sent, alternatives(u.caps))})
				return
			}
		}
	}
}

// alternatives are capabilities one of which is wanted, as a finding names them.
func alternatives(caps []string) string {
	out := strings.Join(caps, " or ")
	if strings.HasSuffix(out, "=") {
		out += "..."
	}
	return out
}

// extensionRule returns the rule by which the use of an extension is judged.
func (s *Session) extensionRule(c *Command) string {
	switch {
	case c.Name == "IDLE":
		return "R-IDLE-1"
	case strings.HasPrefix(c.Name, "X"):
		return "2683-3.3.1-e"
	case !s.everTold(c.Begun):
		return "2683-3.3.1-a"
	}
	return "2683-3.3.1-d"
}

// checkStale looks for what the server had once and, after a login or TLS, has
// told that it has no more.
func checkStale(j *judging, r Rule) {
	s := j.client()
	if s == nil || s.TLS {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if !s.loggedIn(c.Begun) {
			continue
		}
		told := s.capabilities(c.Begun)
		if told == nil {
			continue
		}
		uses := c.uses()
		if len(c.Literals) > 0 && c.Literals[0].NonSync {
			uses = []use{{caps: []string{"LITERAL+", "LITERAL-", "IMAP4rev2"}, own: true}}
		} else if len(c.Literals) > 0 {
			j.reach(r)
		}
		for _, u := range uses {
			if !j.decided(r, c, u) {
				continue
			}
			j.reach(r)
			if hasAny(told, u.caps) || !s.everOffered(c.Begun, u.caps...) || hasAny(s.capabilitiesBefore(j, c.Begun), u.caps) || s.misled(c.Begun) {
				continue
			}
			j.report(r, Finding{Conn: s.Conn, event: c.Begun,
				Summary: fmt.Sprintf("%s: the server had %s before the login, and has it no more", quoteUnit(c.Raw), alternatives(u.caps))})
			return
		}
	}
}

func hasAny(told []byte, caps []string) bool {
	for _, name := range caps {
		if hasCapability(told, name) {
			return true
		}
	}
	return false
}
