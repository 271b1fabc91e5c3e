package imapwire

import (
	"strings"
	"testing"
)

// apartResponse checks that the accessors take apart what the parser accepts, and
// that they survive what it does not.
func apartResponse(t *testing.T, b []byte) {
	t.Helper()
	r, err := ParseResponse(b, Any)
	what := show(r)
	if err != nil {
		return
	}
	switch r.Name {
	case "LIST", "LSUB", "STATUS", "SEARCH", "SORT", "ESEARCH", "VANISHED", "ENABLED", "NAMESPACE", "FLAGS", "CAPABILITY":
		if !strings.HasSuffix(what, "true") {
			t.Errorf("%q is not taken apart: %s", b, what)
		}
	}
	switch r.Code {
	case "APPENDUID", "COPYUID", "MODIFIED", "PERMANENTFLAGS", "CAPABILITY", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "HIGHESTMODSEQ":
		if !strings.HasSuffix(what, "true") {
			t.Errorf("the code of %q is not taken apart: %s", b, what)
		}
	}
	if r.Name == "FETCH" {
		apartFetch(t, r)
	}
}

func apartFetch(t *testing.T, r Response) {
	t.Helper()
	sameWalk(t, r)
	err := EachFetchItem(r, func(name string, section []byte, _ int64, value []byte) {
		var err *Error
		ok := true
		parts := 0
		switch {
		case name == "ENVELOPE":
			_, err = ParseEnvelope(value)
		case name == "BODYSTRUCTURE", name == "BODY" && section == nil:
			err = EachBodyPart(value, func(p BodyPart) {
				parts++
				ok = ok && EachParam(p.Params, func([]byte, []byte) {}) && (p.Multipart || p.Number() != "")
				if p.Envelope != nil {
					if _, e := ParseEnvelope(p.Envelope); e != nil {
						t.Errorf("%q: envelope %q: %v", value, p.Envelope, e)
					}
				}
			})
			ok = ok && parts > 0
		case name == "FLAGS":
			_, ok = ParseFlags(value)
		case name == "UID", name == "RFC822.SIZE", name == "BINARY.SIZE":
			_, ok = ParseNumber(value)
		}
		if err != nil || !ok {
			t.Errorf("%s %q: %v, %t", name, value, err, ok)
		}
	})
	if err != nil {
		t.Errorf("%q is accepted and not walked: %v", r.Raw, err)
	}
}

// apartCommand does the same for a command.
func apartCommand(t *testing.T, b []byte) {
	t.Helper()
	cmd, err := ParseCommand(b, Any)
	showCommand(cmd)
	if err != nil {
		return
	}
	ok := true
	base := strings.TrimPrefix(cmd.Name, "UID ")
	switch base {
	case "SELECT", "EXAMINE":
		_, ok = cmd.SelectParams()
	case "LOGIN":
		_, _, ok = cmd.Login()
	case "AUTHENTICATE":
		_, _, ok = cmd.Authenticate()
	case "ENABLE":
		_, ok = cmd.Enables()
	case "STATUS":
		_, ok = cmd.StatusAtts()
	case "LIST", "LSUB":
		var l ListArgs
		l, ok = cmd.ListArgs()
		n := 0
		l.EachPattern(func([]byte) { n++ })
		ok = ok && n > 0
	case "FETCH":
		n := 0
		_, ok = cmd.EachFetchAtt(func(FetchAtt) { n++ })
		ok = ok && n > 0
	case "STORE":
		_, ok = cmd.StoreArgs()
	case "SEARCH":
		n := 0
		_, ok = cmd.EachSearchKey(func(SearchKey) { n++ })
		ok = ok && n > 0
	case "APPEND":
		n := 0
		ok = cmd.EachMessage(func(AppendMessage) { n++ })
		ok = ok && n > 0
	case "RENAME":
		_, ok = cmd.NewName()
	}
	if !ok {
		t.Errorf("%q is not taken apart: %s", b, showCommand(cmd))
	}
	switch base {
	case "SELECT", "EXAMINE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "STATUS", "APPEND", "COPY", "MOVE":
		if _, ok := cmd.Mailbox(); !ok {
			t.Errorf("%q has no mailbox", b)
		}
	}
}

func TestSentencesAreTakenApart(t *testing.T) {
	eachTalk(t, func(t *testing.T, k talk) {
		s := newSpeaker(k.abnf, 10, k.server)
		for range sentences(2000, 5000) {
			if k.server {
				apartResponse(t, s.sentence())
			} else {
				apartCommand(t, s.sentence())
			}
			if t.Failed() {
				return
			}
		}
	})
}
