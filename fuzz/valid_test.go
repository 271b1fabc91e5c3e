package fuzz

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// dialoguesVariable says how many dialogues are held.
const dialoguesVariable = "IMAPFUZZ_DIALOGUES"

// wantDialogues is how many dialogues are held: a few thousand, or as many as the
// environment says.
func wantDialogues(t *testing.T) int {
	n := 4000
	if testing.Short() {
		n = 1000
	}
	if text := os.Getenv(dialoguesVariable); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n <= 0 {
			t.Fatalf("%s=%q: want a number above 0", dialoguesVariable, text)
		}
	}
	return n
}

// A dialogue is what good clients say: every command is in the strict grammar and
// in the right state, as far as that can be told without the server's answers.
// Network faults may happen to it, but no octet is changed.
type dialogue struct {
	*gen
}

// newDialogue writes the dialogue of that number.
func newDialogue(n uint64) *corpus.Case {
	r := NewRand(n, 0xd1a)
	v := DefaultVocabulary(corpus.Server)
	d := &dialogue{gen: newGen(r, corpus.Server, v)}
	d.c = &corpus.Case{Target: corpus.Server, Steps: make([]corpus.Step, 0, 24)}
	conns := 1 + r.Weighted([]int{6, 3, 1})
	for d.conn = 1; d.conn <= conns; d.conn++ {
		if !r.Chance(1, 20) {
			d.enter()
		}
	}
	d.conn = 1
	d.say()
	first, last := 1, conns
	for range r.Between(1, 14) {
		if n%4 >= 2 && r.Chance(1, 5) {
			first, last = d.restart(first, last)
		}
		d.conn = r.Between(first, last)
		if r.Chance(1, 25) {
			d.pass(Pick(r, times[:]))
			continue
		}
		d.say()
	}
	if n%2 == 1 {
		d.networkFaults(conns)
	}
	return d.c
}

// restart restarts the server; as many connections as there are left dial anew.
func (d *dialogue) restart(first, last int) (newFirst, newLast int) {
	if last == maxConns {
		return first, last
	}
	d.c.Steps = append(d.c.Steps, corpus.Step{Op: corpus.Restart})
	newFirst, newLast = last+1, min(maxConns, last+1+last-first)
	for d.conn = newFirst; d.conn <= newLast; d.conn++ {
		if !d.r.Chance(1, 20) {
			d.enter()
		}
	}
	return newFirst, newLast
}

// enter logs in, and mostly enables something and selects INBOX.
func (d *dialogue) enter() {
	d.login()
	if d.r.Chance(1, 6) {
		d.tag()
		d.s(" ENABLE " + Pick(d.r, []string{"IMAP4rev2", "CONDSTORE", "QRESYNC", "IMAP4rev2 QRESYNC", "X-NONE"}) + "\r\n")
		d.flush()
	}
	if !d.r.Chance(1, 5) {
		d.selectInbox()
	}
}

// say writes one command that is in the grammar.
func (d *dialogue) say() {
	if d.r.Chance(1, 12) && d.conns[d.conn].state == selected {
		d.extension()
		return
	}
	st := max(d.conns[d.conn].state, notAuth)
	var verbs []*serverVerb
	for i := range serverVerbs {
		if v := &serverVerbs[i]; v.states&st != 0 && inBase(v.name) && (v.name != "ENABLE" || st != selected) {
			verbs = append(verbs, v)
		}
	}
	weights := make([]int, len(verbs))
	for i, v := range verbs {
		weights[i] = v.weight
	}
	v := verbs[d.r.Weighted(weights)]
	for range 20 {
		if d.try(v) {
			return
		}
	}
	d.tag() // the verb's arguments would not come out right
	d.s(" NOOP\r\n")
	d.flush()
}

// inBase reports whether the reference server offers a command.
func inBase(name string) bool {
	switch name {
	case "SORT", "THREAD", "GETQUOTAROOT", "GETACL", "XIMAPFUZZ", "UNAUTHENTICATE":
		return false
	}
	return true
}

// try writes a command and what belongs to it, unless it breaks the grammar: then
// nothing is written.
func (d *dialogue) try(v *serverVerb) bool {
	steps, buf, before := len(d.c.Steps), len(d.buf), d.conns[d.conn]
	boxes, huge := len(d.boxes), d.huge
	d.tag()
	d.sp()
	d.verbName(v.name)
	if v.args != nil {
		v.args(d.gen)
	}
	d.crlf()
	d.flush()
	var raw []byte
	for _, s := range d.c.Steps[steps:] {
		raw = append(raw, s.Data...)
	}
	if !sound(raw) {
		d.c.Steps = d.c.Steps[:steps]
		d.buf, d.from = d.buf[:buf], buf
		d.conns[d.conn], d.boxes, d.huge = before, d.boxes[:boxes], huge
		return false
	}
	if v.becomes != 0 {
		d.conns[d.conn].state = v.becomes
	}
	d.follow(v, steps)
	return true
}

// sound reports whether a command is one, in either revision's grammar, small
// enough not to be refused for its size, and of no extension that the reference
// server does not offer (WITHIN, OBJECTID).
func sound(raw []byte) bool {
	cmd, err := imapwire.ParseCommand(raw, imapwire.Any)
	if err != nil || !cmd.Known || len(raw) >= 8000 {
		return false
	}
	upper := bytes.ToUpper(cmd.Args)
	switch {
	case strings.HasSuffix(cmd.Name, "SEARCH"):
		return !bytes.Contains(upper, []byte("OLDER ")) && !bytes.Contains(upper, []byte("YOUNGER "))
	case cmd.Name == "STATUS" || cmd.Name == "LIST":
		return !bytes.Contains(upper, []byte("MAILBOXID"))
	}
	return true
}

// follow writes the steps behind a command.
func (d *dialogue) follow(v *serverVerb, start int) {
	switch v.name {
	case "IDLE":
		if d.r.Chance(1, 3) {
			d.pass(Pick(d.r, times[:]))
		}
		d.s(Pick(d.r, []string{"DONE\r\n", "DONE\r\n", "done\r\n"}))
		d.flush()
	case "AUTHENTICATE":
		if line := d.c.Steps[start].Data; strings.HasSuffix(string(line), "PLAIN\r\n") {
			d.s(Pick(d.r, []string{"AHRlc3QAdGVzdA==\r\n", "AHRlc3QAdGVzdA==\r\n", "*\r\n", "AHRlc3QAeA==\r\n"}))
			d.flush()
		}
	case "STARTTLS":
		d.c.Steps = append(d.c.Steps, corpus.Step{Op: corpus.StartTLS, Conn: d.conn})
	}
}

// extension writes a command of CONDSTORE, QRESYNC or SEARCHRES (RFC 7162, RFC
// 5182), or a few commands in one segment.
func (d *dialogue) extension() {
	for _, line := range strings.Split(Pick(d.r, []string{
		"FETCH 1:* (FLAGS MODSEQ)",
		"FETCH 1:* (FLAGS) (CHANGEDSINCE 3)",
		"UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)",
		"STORE 1 (UNCHANGEDSINCE 2) +FLAGS (\\Flagged)",
		"UID STORE 1:* (UNCHANGEDSINCE 4) FLAGS.SILENT ($x)",
		"SEARCH MODSEQ 3",
		"STATUS INBOX (HIGHESTMODSEQ)",
		"SELECT INBOX (CONDSTORE)",
		"SEARCH RETURN (SAVE) DELETED|STORE $ -FLAGS (\\Deleted)|FETCH $ (FLAGS)",
		"UID SEARCH RETURN (SAVE COUNT) 1:*|UID COPY $ INBOX|UID STORE $ +FLAGS (\\Deleted)|EXPUNGE",
		"NOOP|FETCH 1 (UID)|CHECK|SEARCH ALL|CAPABILITY",
	}), "|") {
		d.tag()
		d.s(" " + line + "\r\n")
	}
	d.flush()
}

// networkFaults adds one to three faults that a network has.
func (d *dialogue) networkFaults(conns int) {
	for range d.r.Between(1, 3) {
		side := Pick(d.r, []faultnet.Side{faultnet.Client, faultnet.Client, faultnet.Server})
		fault := d.faultOf(Pick(d.r, networkKinds[:]), side)
		if d.r.Chance(1, 2) {
			rule := faultnet.Rule{Side: side, When: d.when(side, 600), Fault: fault}
			d.c.Plan = append(d.c.Plan, corpus.PlanRule{Conn: d.r.Between(1, conns), Rule: rule})
			continue
		}
		i := d.r.N(len(d.c.Steps))
		s := corpus.Step{Op: corpus.Strike, Conn: max(1, d.c.Steps[i].Conn), Fault: faultnet.Rule{Side: side, Fault: fault}}
		d.c.Steps = slices.Insert(d.c.Steps, i+1, s)
	}
}

// TestTheReferenceServerIsNeverAccused holds valid dialogues with the server that
// has no defect. A finding is a bug of that server or a false alarm of a rule.
func TestTheReferenceServerIsNeverAccused(t *testing.T) {
	target, scratch := plants.Server(), new(harness.Scratch)
	want := wantDialogues(t)
	steps, faults, restarts, bad, completed := 0, 0, 0, 0, map[string]int{}
	refusals := map[string]int{}
	buckets := map[string]int{}
	start := time.Now()
	for n := range uint64(want) {
		c := newDialogue(n)
		r := harness.Run(t, target, c, harness.Options{Scratch: scratch})
		if r.Err != nil {
			t.Fatalf("dialogue %d: %v\n%s", n, r.Err, corpus.Format(c))
		}
		steps += r.Record.Steps
		faults += r.Record.Faults
		restarts += r.Record.Restarts
		tally(r.Record, completed, refusals)
		if len(r.Findings) == 0 {
			continue
		}
		bad++
		for i := range r.Findings {
			key := r.Findings[i].Bucket()
			if buckets[key]++; buckets[key] == 1 && len(buckets) <= 10 {
				t.Errorf("dialogue %d: %s\n%s", n, r.Findings[i].String(), shortened(r.Record.Transcript().String()))
			}
		}
	}
	if want >= 1000 && (completed["OK"] < 5*want/2 || faults < want/5 || restarts < want/5) {
		t.Errorf("the dialogues are too poor: %v completions, %d faults, %d restarts", completed, faults, restarts)
	}
	t.Logf("%d dialogues, %d steps, %d faults, %d restarts, completions %v, BAD for %v, %d with findings %v, %v", want, steps, faults, restarts, completed, refusals, bad, buckets, time.Since(start).Round(time.Second))
	if total := refusals[otherReason]; want >= 1000 && total > completed["OK"]/50 {
		t.Errorf("%d commands are BAD for no reason that a good client may give", total)
	}
}

// TestAStoreThatLastsIsNeverAccused holds dialogues one after the other with a server
// whose store outlives them.
func TestAStoreThatLastsIsNeverAccused(t *testing.T) {
	l, err := harness.NewLedger(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	target, scratch := plants.Lasting("mail"), new(harness.Scratch)
	for n := range uint64(300) {
		c := newDialogue(n)
		r := harness.Run(t, target, c, harness.Options{Scratch: scratch, Ledger: l})
		if r.Err != nil || len(r.Findings) > 0 {
			t.Fatalf("dialogue %d: %v %v\n%s", n, r.Err, r.Findings, corpus.Format(c))
		}
	}
	if l.Len() < 300 {
		t.Errorf("the ledger has %d UIDs", l.Len())
	}
}

// otherReason is why a command is BAD that is none that a good client may give.
const otherReason = "another reason"

// tally counts the completions of a run, and why commands are BAD. A good client
// may not know yet which messages there are, or send more before it knows that a
// LOGIN or SELECT was refused.
func tally(rec *harness.Record, completed, refusals map[string]int) {
	for _, s := range rec.Conns {
		for i := range s.Commands {
			k := s.Commands[i].Answer
			if k < 0 {
				continue
			}
			r := &s.Responses[k]
			completed[r.Status.String()]++
			switch {
			case r.Status != imapwire.BAD:
			case bytes.Contains(r.Raw, []byte("no such message")):
				refusals["no such message"]++
			case bytes.Contains(r.Raw, []byte("not now")):
				refusals["another state"]++
			default:
				refusals[otherReason]++
			}
		}
	}
}

// shortened leaves out the middle of what is long.
func shortened(s string) string {
	if len(s) > 5000 {
		s = s[:2500] + "\n[...]\n" + s[len(s)-2500:]
	}
	return s
}
