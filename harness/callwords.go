package harness

import (
	"slices"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// CallWords cuts a call into its words: between spaces, those that begin with a
// double quote quoted as in Go. The first, the name of the call, is in lower
// case. Of a text that is no call, ok is false.
func CallWords(call string) (words []string, ok bool) {
	for rest := strings.Trim(call, " \t\r\n"); rest != ""; rest = strings.TrimLeft(rest, " \t\r\n") {
		word := rest
		if i := strings.IndexAny(rest, " \t\r\n"); i >= 0 {
			word = rest[:i]
		}
		if rest[0] == '"' {
			q, err := strconv.QuotedPrefix(rest)
			if err != nil {
				return nil, false
			}
			value, err := strconv.Unquote(q)
			if err != nil {
				return nil, false
			}
			words, rest = append(words, value), rest[len(q):]
			continue
		}
		words, rest = append(words, word), rest[len(word):]
	}
	if len(words) > 0 {
		words[0] = strings.ToLower(words[0])
	}
	return words, len(words) > 0
}

// together is the call that makes several, each an argument of it, without
// waiting for one before it begins the next.
const together = "together"

// calls gives each call of the case to f, those of "together" one by one, until f
// returns true; it reports whether f did. All calls count, those that came later as
// well: a client may have begun before the harness notes that it has called.
func (j *judging) calls(f func(at int, words []string) bool) bool {
	for i := range j.rec.Events {
		if j.rec.Events[i].Kind != Called {
			continue
		}
		words, ok := CallWords(j.rec.Events[i].Text)
		if !ok {
			continue
		}
		if words[0] != together {
			if f(i, words) {
				return true
			}
			continue
		}
		for _, inner := range words[1:] {
			if one, ok := CallWords(inner); ok && f(i, one) {
				return true
			}
		}
	}
	return false
}

// calledFor returns the commands that a call of that name asks for by its name;
// none for a call that leaves to the client how it is done.
func calledFor(word string) []string {
	switch word {
	case "stream":
		return []string{"FETCH"}
	case "uid-stream":
		return []string{"UID FETCH"}
	case "close-mailbox":
		return []string{"CLOSE"}
	case "move", "uid-move":
		return []string{"MOVE", "UID MOVE", "COPY", "UID COPY", "STORE", "UID STORE", "EXPUNGE", "UID EXPUNGE"}
	}
	name := strings.ToUpper(word)
	if uid, ok := strings.CutPrefix(name, "UID-"); ok {
		name = "UID " + uid
	}
	return []string{name}
}

// asked reports whether a call asked for a command of that name by its own name:
// whether it is wise to send it was then not the client's to decide.
func (j *judging) asked(name string) bool {
	return j.calls(func(_ int, words []string) bool { return slices.Contains(calledFor(words[0]), name) })
}

// madeTogether reports whether the case asked for several commands at once.
func (j *judging) madeTogether() bool {
	for i := range j.rec.Events {
		if e := &j.rec.Events[i]; e.Kind == Called && strings.HasPrefix(e.Text, together) {
			return true
		}
	}
	return false
}

// named reports whether the case names r: what it asks of the client is known
// then, and how a careful client answers.
func (j *judging) named(r Rule) bool { return slices.Contains(j.rec.Case.Rules, r.ID) }

// client returns the connection of the client under test, nil if there was none.
func (j *judging) client() *Session {
	if len(j.rec.Conns) == 0 {
		return nil
	}
	return j.rec.Conns[0]
}

// misled reports whether a client may have reason, before that event, to see the
// session otherwise than it is: the server had sent what is no response, or what
// nobody waits for.
func (s *Session) misled(event int) bool {
	if s.Broken >= 0 && s.Broken < event && !s.TLS {
		return true
	}
	for i := range s.Responses {
		r := &s.Responses[i]
		if r.Event >= event {
			break
		}
		stray := r.Type == imapwire.Tagged && r.Command < 0 || r.Type == imapwire.Continuation && r.Command == noReason
		if stray || r.Err != nil && (r.Err.Production != imapwire.ProdCapability || r.Err.Pos < len(r.Raw) && r.Raw[r.Err.Pos] > 0x7e) {
			return true // of capabilities that no grammar has a client may make what it likes
		}
	}
	return false
}
