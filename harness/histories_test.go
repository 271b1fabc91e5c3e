package harness_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// histories is how many histories of several sessions are run against the clean
// server; a short test does a tenth of them.
const histories = 3000

// A history is what two or three sessions do in turn with the same mailboxes: one
// valid command after the other.
type history struct {
	*rand.Rand
	b     strings.Builder
	tag   int
	conn  int
	conns int
}

func newHistory(seed uint64) string {
	h := &history{Rand: rand.New(rand.NewPCG(seed, 7))}
	h.conns = 2 + h.IntN(2)
	for h.conn = 1; h.conn <= h.conns; h.conn++ {
		h.line("LOGIN test test")
		if h.conn == 1 {
			h.line("CREATE box")
		}
		h.enter()
	}
	for range 8 + h.IntN(18) {
		h.conn = 1 + h.IntN(h.conns)
		h.command()
	}
	return "imapfuzz case 1\ntarget: server\n\n" + h.b.String()
}

func (h *history) pick(words ...string) string { return words[h.IntN(len(words))] }

func (h *history) line(format string, args ...any) {
	h.tag++
	fmt.Fprintf(&h.b, "C%d: t%d %s\n", h.conn, h.tag, fmt.Sprintf(format, args...))
}

func (h *history) enter() {
	h.line("%s %s", h.pick("SELECT", "SELECT", "SELECT", "EXAMINE"), h.pick("INBOX", "INBOX", "INBOX", "box"))
}

func (h *history) uid() string { return h.pick("", "", "UID ") }

func (h *history) flags() string {
	flags := []string{`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`, "$word"}
	h.Shuffle(len(flags), func(i, j int) { flags[i], flags[j] = flags[j], flags[i] })
	return "(" + strings.Join(flags[:h.IntN(3)], " ") + ")"
}

func (h *history) set() string {
	return h.pick("1", "2", "3", "1:2", "2:3", "1:*", "*", "3:1", "1,3", "4", "2:*", "4:5")
}

func (h *history) key() string {
	return h.pick("ALL", "SEEN", "UNSEEN", "ANSWERED", "UNANSWERED", "DELETED", "UNDELETED", "FLAGGED", "UNFLAGGED", "DRAFT", "UNDRAFT", "KEYWORD $word", "UNKEYWORD $word", "1:2", "UID 2:*")
}

// command does one thing.
func (h *history) command() {
	switch h.IntN(17) {
	case 0, 1, 2:
		h.line("%sSTORE %s %sFLAGS%s %s", h.uid(), h.set(), h.pick("", "+", "+", "-"), h.pick("", "", ".SILENT"), h.flags())
	case 3:
		h.line("%sCOPY %s %s", h.uid(), h.set(), h.pick("INBOX", "box", "box", "none"))
	case 4:
		h.append()
	case 5, 6:
		h.line("%s", h.pick("EXPUNGE", "EXPUNGE", "UID EXPUNGE "+h.set()))
	case 7:
		h.line("%sMOVE %s %s", h.uid(), h.set(), h.pick("INBOX", "box"))
	case 8, 9:
		h.line("%sSEARCH %s", h.uid(), h.pick(h.key(), h.key(), "NOT "+h.key(), "OR "+h.key()+" "+h.key(), "("+h.key()+" "+h.key()+")"))
	case 10, 11:
		h.line("STATUS %s (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)", h.pick("INBOX", "box"))
	case 12, 13:
		h.line("NOOP")
	case 14:
		h.line("%s", h.pick("CHECK", "CLOSE", "UNSELECT", "LIST \"\" *"))
	case 15:
		h.line("%sFETCH %s %s", h.uid(), h.set(), h.pick("(FLAGS)", "(UID FLAGS)", "(UID RFC822.SIZE)", "(UID BODY.PEEK[])", "BODY[TEXT]"))
	case 16:
		h.enter()
	}
}

func (h *history) append() {
	mail := "Subject: x\r\n\r\n" + strings.Repeat("y", h.IntN(9)) + "\r\n"
	h.tag++
	fmt.Fprintf(&h.b, "C%d= %q\n", h.conn, fmt.Sprintf("t%d APPEND %s %s {%d+}\r\n%s\r\n", h.tag, h.pick("INBOX", "box"), h.flags(), len(mail), mail))
}

// modelled are the rules that the model and the ledger have to come to in a good
// part of the histories: where they give up nothing is tested.
var modelled = []string{"2683-3.2.3-d", "R-SEQ-5", "store-flags", "status-counts", "R-MA-2", "R-UID-3", "R-AT-2", "R-UID-2"}

func TestRandomHistoriesOfSeveralSessionsRaiseNothing(t *testing.T) {
	n := uint64(histories)
	if testing.Short() {
		n /= 10
	}
	target := plants.Server()
	reached := make(map[string]int)
	o := harness.Options{Scratch: new(harness.Scratch)}
	for seed := range n {
		c := parse(t, newHistory(seed))
		r := harness.Run(t, target, c, o)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if len(r.Findings) > 0 {
			t.Fatalf("seed %d: want no finding, got\n%s\n%s", seed, list(r.Findings), r.Record.Transcript())
		}
		for _, id := range modelled {
			if rule, ok := harness.RuleFor(id, faultnet.Server); ok && r.Reached(rule) {
				reached[id]++
			}
		}
	}
	for _, id := range modelled {
		t.Logf("%s was reached in %d of %d histories", id, reached[id], n)
		if uint64(reached[id]) < n/20 {
			t.Errorf("want %s reached in a twentieth of the histories, got %d of %d", id, reached[id], n)
		}
	}
}

func TestRandomHistoriesFindBugsOfFlagsSearchStatusAndExpunge(t *testing.T) {
	for _, bug := range []string{
		"silent-store-lost", "search-flagged-seen", "status-counts-recent", "exists-untold", "flags-untold", "expunge-off",
		"copy-half", "move-loses", "renumbers-early", "store-by-position", "copy-silent", "uidnext-rises",
	} {
		t.Run(bug, func(t *testing.T) {
			p := plants.Bugs()[slices.IndexFunc(plants.Bugs(), func(p plants.Plant) bool { return p.Name == bug })]
			o := harness.Options{Scratch: new(harness.Scratch)}
			target := p.Target(false)
			for seed := range uint64(300) {
				r := harness.Run(t, target, parse(t, newHistory(seed)), o)
				if r.Err != nil {
					t.Fatal(r.Err)
				}
				if breaks(r.Findings, p) {
					t.Logf("found by history %d", seed)
					return
				}
			}
			t.Errorf("want a finding of %s alone in 300 histories, got none", p.Rule)
		})
	}
}
