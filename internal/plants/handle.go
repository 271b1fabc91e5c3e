package plants

import (
	"bytes"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// handle carries out one command and completes it.
func (s *session) handle(c command) {
	if c.answered {
		return
	}
	tag := readTag(c.raw)
	switch {
	case tag == "":
		s.untagged("BAD there is no tag")
		return
	case c.tooLong && s.srv.has("overlong-mute"):
		return
	case c.tooLong:
		s.done(tag, "BAD the command is too long")
		return
	case c.tooBig && s.srv.has("literal-minus"):
		code := "[TOOBIG] "
		if s.srv.has("toobig-plain") {
			code = ""
		}
		s.done(tag, "BAD %sthe literal is too big", code)
		return
	case c.tooBig:
		s.done(tag, "%s", tooBig(c.raw))
		return
	}
	s.provoke(c.raw)
	s.giveUp()
	if s.count++; s.count == 1000 && s.srv.has("pipeline-drops") {
		return
	}
	if later := s.later; later != nil {
		defer later()
		s.later = nil
	}
	if s.srv.has("number-wraps") {
		c.raw = bytes.ReplaceAll(c.raw, []byte("4294967297"), []byte("1"))
	}
	cmd, perr := imapwire.ParseCommand(c.raw, imapwire.Any)
	if perr != nil {
		s.bad(tag, perr.Error())
		return
	}
	spec, _ := imapwire.LookupCommand(cmd.Name)
	args, err := parseArgs(cmd.Args, spec.Name == "FETCH" || spec.Name == "UID FETCH")
	switch {
	case s.srv.has("case-sensitive") && !bytes.Contains(c.raw, []byte(cmd.Name)), s.srv.has("tag-once") && slices.Contains(s.used, tag):
		s.bad(tag, "no")
	case cmd.Name == "XDEBUG" && s.srv.has("private-command"):
		s.done(tag, "OK nobody knows of this")
	case !cmd.Known || err != nil:
		s.bad(tag, "no such command")
	case spec.States&s.phase == 0 && !s.lax(cmd.Name):
		s.bad(tag, "not now")
	default:
		if cmd.Name == "STATUS" && args[0].quoted && s.srv.has("escape-kept") {
			args[0].text = strings.ReplaceAll(args[0].text, `\`, `\\`)
		}
		s.used = append(s.used, tag)
		s.complete(tag, cmd.Name, s.do(tag, cmd.Name, args))
	}
}

// bad answers what is no command.
func (s *session) bad(tag, why string) {
	if s.srv.has("bad-shuts-logins") {
		s.srv.mu.Lock()
		s.srv.shut = true
		s.srv.mu.Unlock()
	}
	if s.srv.has("bad-deselects") && s.box != nil {
		s.srv.store.mu.Lock()
		s.shut()
		s.srv.store.mu.Unlock()
	}
	switch {
	case s.srv.has("bad-mute"):
	case s.srv.has("bad-hangs-up"):
		s.flush()
		s.dead = true
	default:
		s.done(tag, "BAD %s", why)
	}
}

// lax reports whether a defect lets the command of that name through in every
// state.
func (s *session) lax(name string) bool {
	return name == "LIST" && s.srv.has("list-before-login") || name == "LOGIN" && s.srv.has("login-twice")
}

// complete sends the completion, status, of a command that was carried out, and
// before it what else has changed. An empty status means that it was sent.
func (s *session) complete(tag, name, status string) {
	if status == "" {
		return
	}
	st := s.srv.store
	st.mu.Lock()
	still := name == "FETCH" && !s.srv.has("expunge-in-fetch") || name == "STORE" || name == "SEARCH" || name == "COPY" && s.srv.has("copy-silent")
	s.update(!still)
	st.mu.Unlock()
	switch {
	case name == "CHECK" && s.srv.has("check-mute"):
		return
	case name == "CHECK" && s.srv.has("tagged-bye"):
		status = "BYE done"
	case name == "CHECK" && s.srv.has("tag-changed"):
		tag = "x" + tag
	case name == "CHECK" && s.srv.has("completed-twice"):
		s.done(tag, "%s", status)
	case name == "CHECK" && s.srv.has("nul"):
		status += " \x00"
	case name == "CHECK" && s.srv.has("hangs-up"):
		s.flush()
		s.dead = true
		return
	}
	s.done(tag, "%s", status)
	if name == "LOGOUT" && s.srv.has("logout-goes-on") {
		s.untagged("OK still here")
	}
}

// do carries out a command that is in order, and returns its status.
func (s *session) do(tag, name string, args []arg) string {
	switch name {
	case "CAPABILITY":
		if s.srv.has("capability-mute") {
			break
		}
		s.untagged("CAPABILITY %s", s.capabilities())
	case "NOOP", "CHECK":
		if s.srv.has("noop-refused") && s.phase == imapwire.NotAuthenticated {
			return "NO log in first"
		}
	case "ID":
		s.untagged(`ID ("name" "plants")`)
	case "LOGOUT":
		return s.logout()
	case "STARTTLS":
		return s.startTLS(tag)
	case "LOGIN":
		if s.srv.has("login-disabled") && !s.tls && !s.srv.has("login-all-the-same") {
			return "NO [PRIVACYREQUIRED] not in plaintext"
		}
		return s.login(args[0].text, args[1].text)
	case "AUTHENTICATE":
		return s.authenticate(args)
	case "ENABLE":
		return s.enable(args)
	case "NAMESPACE":
		s.untagged(`NAMESPACE (("" "/")) NIL NIL`)
	case "SELECT", "EXAMINE":
		return s.selectBox(args, name == "EXAMINE")
	case "UNSELECT", "CLOSE":
		return s.closeBox(name == "CLOSE")
	case "CREATE":
		return s.create(args)
	case "DELETE":
		return s.remove(args)
	case "RENAME":
		return s.rename(args)
	case "SUBSCRIBE", "UNSUBSCRIBE":
		return s.subscribe(args, name == "SUBSCRIBE")
	case "LIST":
		return s.list(args)
	case "LSUB":
		return s.lsub(args)
	case "STATUS":
		return s.status(args)
	case "APPEND":
		return s.append(args)
	case "IDLE":
		return s.idle(tag)
	default:
		return s.doSelected(tag, name, args)
	}
	return "OK done"
}

// doSelected carries out a command that works on messages.
func (s *session) doSelected(tag, name string, args []arg) string {
	base := strings.TrimPrefix(name, "UID ")
	uid := base != name
	switch base {
	case "FETCH":
		return s.fetch(args, uid)
	case "STORE":
		if s.srv.has("store-later") {
			s.later = func() { s.store(args, uid) }
			return "OK STORE completed"
		}
		return s.store(args, uid)
	case "COPY", "MOVE":
		return s.copy(args, uid, base == "MOVE")
	case "EXPUNGE":
		return s.expunge(args)
	case "SEARCH":
		return s.search(tag, args, uid)
	}
	return "BAD no such command"
}

// giveUp lets go of a mailbox that "select-steals" gave to another session.
func (s *session) giveUp() {
	s.srv.store.mu.Lock()
	defer s.srv.store.mu.Unlock()
	if s.stolen && s.box != nil {
		s.shut()
	}
	s.stolen = false
}

// provoke has the defects that strike before a command is even parsed.
func (s *session) provoke(raw []byte) {
	if s.srv.has("nesting") {
		depth(bytes.IndexByte(raw, '('), raw)
	}
	if (s.srv.has("panic-logged") || s.srv.has("panic-kills")) && bytes.Contains(raw, []byte("<1.4294967295>")) {
		_ = raw[min(len(raw), 1<<31)]
	}
}

// depth is what "nesting" counts parentheses with.
//
//go:noinline
func depth(i int, raw []byte) int {
	if i < 0 || i >= len(raw) || raw[i] != '(' {
		return 0
	}
	return 1 + depth(i+1, raw)
}
