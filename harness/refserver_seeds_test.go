package harness_test

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// seedStrays are the seeds whose expectations the reference server does not meet,
// each with the reason. They must raise no finding all the same.
func seedStrays() map[string]string {
	return map[string]string{}
}

func TestTheReferenceServerKeepsToEveryServerSeed(t *testing.T) {
	target := plants.Server()
	why := seedStrays()
	ran := 0
	for _, seed := range corpus.Seeds() {
		if seed.Case.Target != corpus.Server {
			continue
		}
		ran++
		t.Run(seed.Name, func(t *testing.T) {
			r := harness.Run(t, target, seed.Case, harness.Options{})
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			wantNone(t, r)
			if r.Record.Steps != len(seed.Case.Steps) {
				t.Errorf("%d of %d steps were done", r.Record.Steps, len(seed.Case.Steps))
			}
			for _, rule := range r.Record.Unfired {
				t.Errorf("a fault did not strike: %s", rule)
			}
			reason, left := why[seed.Name], strings.Join(r.Record.Diverged, "; ")
			switch {
			case reason != "" && left == "":
				t.Errorf("listed as a stray (%s), but every expectation was met", reason)
			case reason == "" && left != "":
				t.Errorf("left the dialogue: %s\n%s", left, r.Record.Transcript())
			}
		})
	}
	if ran < 130 {
		t.Errorf("%d seeds of servers, want at least 130", ran)
	}
}

// TestVanishedLowersTheNumberOfMessages: a false alarm of R-SEQ-1 once, which
// counted EXPUNGE alone.
func TestVanishedLowersTheNumberOfMessages(t *testing.T) {
	for name, text := range map[string]string{
		"of a session's own EXPUNGE": "C: a1 LOGIN test test\nC: a2 ENABLE QRESYNC\nC: a3 SELECT INBOX\nC: a4 STORE 1:* +FLAGS.SILENT (\\Deleted)\n" +
			"C: a5 EXPUNGE\nS: a5 OK\nC= \"a6 APPEND INBOX {3+}\\r\\na:b\\r\\n\"\nS: * 1 EXISTS\nS: a6 OK\n",
		"told earlier": "C: a1 LOGIN test test\nC: a2 ENABLE QRESYNC\nC: a3 SELECT INBOX\nC: a4 STORE 1:* +FLAGS.SILENT (\\Deleted)\n" +
			"C: a5 EXPUNGE\nC= \"a6 APPEND INBOX {3+}\\r\\na:b\\r\\n\"\nS: a6 OK\nC: a7 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)\nS: * VANISHED (EARLIER) 1:3\nS: a7 OK\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := play(t, plants.Server(), parse(t, head+"\n"+text))
			wantNone(t, r)
			if len(r.Record.Diverged) > 0 {
				t.Errorf("%v\n%s", r.Record.Diverged, r.Record.Transcript())
			}
		})
	}
}

// TestFalseAlarmsOfOnce has what rules accused the reference server of wrongly.
func TestFalseAlarmsOfOnce(t *testing.T) {
	for name, text := range map[string]string{
		"a tag of a thousand octets, alone":  "C= \"x\"*1000 + \"\\r\\n\"\nC: a1 NOOP\nS: a1 OK\n",
		"an IDLE whose tag is none":          "C: a1 LOGIN test test\nS: a1 OK\nC= \"\\xff2 IDLE\\r\\n\"\nS: * BAD\nC: a3 SELECT INBOX\nS: a3 OK\n",
		"a line too long to have a tag":      "C= \"a\"*200000 + \" NOOP\\r\\n\"\nS: * BAD\nC= \"a4 NOOP\\r\\r\\n\"\nC: a5 NOOP\nS: a5 OK\n",
		"a SELECT that is refused too early": "C: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 SELECT {99999}\nS: a3 BAD\nC: a4 FETCH 1 UID\nS: * 1 FETCH (UID 1)\nS: a4 OK\n",
		"a tag used twice":                   "C: a1 LOGIN test test\nS: a1 OK\n! client: join\nC= \"a2 APPEND INBOX {4}\\r\\na: b\\na2 APPEND INBOX {4}\\r\\na: b\\r\\n\"\nC: a3 NOOP\nS: a3 OK\n",
		"quotes in a section":                "C: a1 LOGIN test test\nC: a2 SELECT INBOX\nS: a2 OK\nC: a3 FETCH 1 (RFC822.HEADER BODY.PEEK[HEADER.FIELDS (\"Subject\")]<9.1>)\nS: a3 OK\n",
		"two pieces of one origin":           "C: a1 LOGIN test test\nC: a2 SELECT INBOX\nS: a2 OK\nC: a3 FETCH 1 (BODY.PEEK[] BODY.PEEK[]<0.1> BODY.PEEK[]<0.9> UID)\nS: a3 OK\n",
		"a delay inside TLS":                 "C: a1 STARTTLS\nS: a1 OK\nTLS:\n! client: delay 29m\nC: a2 NOOP\n",
	} {
		t.Run(name, func(t *testing.T) {
			r := play(t, plants.Server(), parse(t, head+"\n"+text))
			wantNone(t, r)
			if len(r.Record.Diverged) > 0 {
				t.Errorf("%v\n%s", r.Record.Diverged, r.Record.Transcript())
			}
		})
	}
}
