package harness_test

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// Each was a false alarm once.
func TestWhatASoundServerAnswersOfPartsRaisesNothing(t *testing.T) {
	const begin = "imapfuzz case 1\ntarget: server\n\nC: a1 LOGIN test test\nS: a1 OK\nC: a2 SELECT INBOX\nS: a2 OK\n"
	for name, steps := range map[string]string{
		"two lengths from one origin":     "C: a3 FETCH 1 (BODY.PEEK[] BODY.PEEK[]<0.1> BODY.PEEK[]<0.10>)\nS: * 1 FETCH (BODY[] {155}\n",
		"a header field that is quoted":   "C: a3 FETCH 1 (BODY.PEEK[HEADER.FIELDS (\"Subject\")]<1.5> BODY.PEEK[HEADER.FIELDS (Subject)])\nS: * 1 FETCH (BODY[HEADER.FIELDS\n",
		"a length beyond all messages":    "C: a3 FETCH 1 (BODY.PEEK[TEXT]<1.9223372036854775807> RFC822.TEXT)\nS: * 1 FETCH (BODY[TEXT]<1>\n",
		"a part that is not there at all": "C: a3 FETCH 1 BODY.PEEK[4]<0.10>\nS: * 1 FETCH (BODY[4]<0>\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := play(t, plants.Server(), parse(t, begin+steps+"S: a3 OK\n"))
			wantNone(t, r)
			if len(r.Record.Diverged) > 0 {
				t.Errorf("%v\n%s", r.Record.Diverged, r.Record.Transcript())
			}
		})
	}
}

func TestWhatIsSentBehindSTARTTLSIsOwedNothing(t *testing.T) {
	for _, behind := range []string{"x NOOP\\r\\n", "\\r\\n", "x SELECT INBOX\\r\\ny NOOP\\r\\n"} {
		c := parse(t, "imapfuzz case 1\ntarget: server\n\nC= \"a1 STARTTLS\\r\\n"+behind+"\"\nS: a1 OK\nTLS:\nC: a2 NOOP\nS: a2 OK\n")
		wantNone(t, play(t, plants.Server(), c))
	}
}
