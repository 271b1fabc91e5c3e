package harness_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// dialogues is how many valid sessions are held against the clean server.
const dialogues = 2000

// A dialogue writes the steps of valid sessions: what a good client may say, on
// up to three connections, whatever the server makes of it.
type dialogue struct {
	*rand.Rand
	b      strings.Builder
	plan   string
	tag    int
	conn   int
	faults bool
}

// newDialogue writes a case; with faults things happen to the network.
func newDialogue(seed uint64, faults bool) string {
	d := &dialogue{Rand: rand.New(rand.NewPCG(seed, 1)), faults: faults}
	conns := 1 + d.IntN(3)
	for d.conn = 1; d.conn <= conns; d.conn++ {
		if d.IntN(8) > 0 {
			d.enter()
		}
	}
	for range 1 + d.IntN(10) {
		d.conn = 1 + d.IntN(conns)
		d.command()
		if faults && d.IntN(5) == 0 {
			d.strike()
		}
	}
	if faults {
		d.plans()
	}
	if d.IntN(3) == 0 {
		d.line("LOGOUT")
	}
	return "imapfuzz case 1\ntarget: server\n" + d.plan + "\n" + d.b.String()
}

func (d *dialogue) pick(words ...string) string { return words[d.IntN(len(words))] }

// line writes a command on the current connection.
func (d *dialogue) line(format string, args ...any) {
	d.tag++
	fmt.Fprintf(&d.b, "C%d: t%d %s\n", d.conn, d.tag, fmt.Sprintf(format, args...))
}

// enter logs in and selects, in one of the ways there are.
func (d *dialogue) enter() {
	switch d.IntN(4) {
	case 0:
		d.line("LOGIN {4}")
		fmt.Fprintf(&d.b, "S%d: +\nC%d: test \"test\"\n", d.conn, d.conn)
	case 1:
		d.line("LOGIN {4+}")
		fmt.Fprintf(&d.b, "C%d: test {4+}\nC%d: test\n", d.conn, d.conn)
	case 2:
		d.line("AUTHENTICATE PLAIN AHRlc3QAdGVzdA==")
	default:
		d.line("LOGIN test %s", d.pick("test", `"test"`, "wrong"))
	}
	if d.IntN(4) > 0 {
		d.line("%s INBOX", d.pick("SELECT", "SELECT", "EXAMINE"))
	}
}

// command writes one command with what belongs to it.
func (d *dialogue) command() {
	switch d.IntN(22) {
	case 0:
		d.line("%s", d.pick("NOOP", "CAPABILITY", "CHECK", "NAMESPACE", "ID NIL"))
	case 1:
		d.line("%s %s", d.pick("SELECT", "EXAMINE", "select"), d.mailbox())
	case 2:
		d.line("%s", d.pick("CLOSE", "UNSELECT", "EXPUNGE", "UID EXPUNGE 1:3"))
	case 3, 4, 5:
		d.line("%sFETCH %s %s", d.pick("", "UID "), d.set(), d.item())
	case 6, 7:
		d.line("%sSTORE %s %s (%s)", d.pick("", "UID "), d.set(), d.pick("FLAGS", "+FLAGS", "-FLAGS.SILENT"), d.pick(`\Seen`, `\Deleted`, `\Flagged $Junk`, ""))
	case 8:
		d.line("%s%s %s %s", d.pick("", "UID "), d.pick("COPY", "MOVE"), d.set(), d.mailbox())
	case 9, 10:
		d.line("%sSEARCH %s", d.pick("", "UID "), d.pick("ALL", "UNSEEN", "NOT DELETED", "OR SEEN FLAGGED", "(DELETED) 1:2", "UID 1:*", `BODY "x"`))
	case 11, 12, 13:
		d.append()
	case 14, 15:
		d.idle()
	case 16:
		d.line("STATUS %s (MESSAGES UIDNEXT UNSEEN)", d.mailbox())
	case 17:
		d.line("LIST \"\" %s", d.pick("*", "%", `""`, "IN%X", "%*%*x"))
	case 18:
		d.line("%s %s", d.pick("CREATE", "DELETE", "SUBSCRIBE"), d.pick("box", "box/sub", `"a b"`, "&Jjo-"))
	case 19:
		d.line("RENAME box %s", d.pick("boxes", "INBOX", "&Jjo-"))
	case 20:
		fmt.Fprintf(&d.b, "T: %s\n", d.pick("1s", "5m", "29m", "40m"))
	case 21:
		d.cancelled()
	}
}

func (d *dialogue) mailbox() string { return d.pick("INBOX", "inbox", "box", `"box"`, "none", "&Jjo-") }

func (d *dialogue) set() string { return d.pick("1", "1:2", "*", "1:*", "3,1", "2:4", "7") }

func (d *dialogue) item() string {
	return d.pick("FLAGS", "(UID FLAGS)", "FAST", "BODY[]", "(BODY.PEEK[HEADER] UID)", "BODY[TEXT]<0.10>", "RFC822.SIZE", "ENVELOPE", "BODY[]<100.4294967295>")
}

// append writes an APPEND, with one of the literals there are.
func (d *dialogue) append() {
	mail := "Subject: " + d.pick("a", "b") + "\r\n\r\n" + strings.Repeat("line\r\n", d.IntN(2000)*d.IntN(2))
	head := "APPEND " + d.pick("INBOX", "INBOX", "box") + d.pick("", ` (\Seen)`, ` (\Deleted $x)`, ` "01-Jan-2000 00:00:00 +0000"`)
	plus := d.pick("", "+")
	d.line("%s {%d%s}", head, len(mail), plus)
	if plus == "" {
		fmt.Fprintf(&d.b, "S%d: +\n", d.conn)
	}
	if !d.faults || d.IntN(4) > 0 {
		fmt.Fprintf(&d.b, "C%d= %q\n", d.conn, mail+"\r\n")
		return
	}
	cut := d.IntN(len(mail)) // the rest never comes
	fmt.Fprintf(&d.b, "C%d= %q\n!%d %s\n", d.conn, mail[:cut], d.conn, d.pick("client: cut", "client: reset"))
}

// idle writes an IDLE, with something that happens meanwhile.
func (d *dialogue) idle() {
	d.line("IDLE")
	fmt.Fprintf(&d.b, "S%d: +\n", d.conn)
	if d.IntN(2) == 0 {
		fmt.Fprintf(&d.b, "T: %s\n", d.pick("1s", "10m", "40m"))
	}
	fmt.Fprintf(&d.b, "C%d: DONE\n", d.conn)
}

// cancelled writes an AUTHENTICATE that is taken back.
func (d *dialogue) cancelled() {
	d.line("AUTHENTICATE PLAIN")
	fmt.Fprintf(&d.b, "S%d: +\nC%d: *\n", d.conn, d.conn)
}

// strike writes a fault, here and now.
func (d *dialogue) strike() {
	fmt.Fprintf(&d.b, "!%d %s: %s\n", d.conn, d.pick("client", "server"), d.fault())
}

func (d *dialogue) fault() string {
	return d.pick("cut", "reset", "half", "hole", "stall 5m", "stall 29m", "noread 1h", "chop 1", "chop 1..7", "delay 2s", "join", "truncate")
}

// plans writes faults at positions of whole streams.
func (d *dialogue) plans() {
	for range d.IntN(3) {
		d.plan += fmt.Sprintf("plan %d: %s @%d: %s\n", 1+d.IntN(3), d.pick("client", "server"), d.IntN(400), d.fault())
	}
}

func TestValidDialoguesWithACleanServerRaiseNothing(t *testing.T) {
	for _, faults := range []bool{false, true} {
		t.Run(fmt.Sprintf("faults %v", faults), func(t *testing.T) {
			ran, fired, bad := 0, 0, 0
			for seed := range uint64(inShort(t, dialogues)) {
				text := newDialogue(seed, faults)
				r := play(t, plants.Server(), parse(t, text))
				ran++
				fired += r.Record.Faults
				if len(r.Findings) == 0 {
					continue
				}
				if bad++; bad <= 5 {
					t.Errorf("seed %d: %s\n%s", seed, list(r.Findings), abridged(r.Record.Transcript().String()))
				}
			}
			if ran == 0 || faults != (fired > 0) {
				t.Errorf("%d dialogues ran, %d faults struck", ran, fired)
			}
			t.Logf("%d dialogues, %d faults, %d with findings", ran, fired, bad)
		})
	}
}

// inShort returns a quarter of n under -short, and says so.
func inShort(t *testing.T, n int) int {
	t.Helper()
	if !testing.Short() {
		return n
	}
	t.Logf("-short: %d of %d", n/4, n)
	return n / 4
}

// abridged leaves out the middle of what is long.
func abridged(s string) string {
	if len(s) > 6000 {
		s = s[:3000] + "\n[...]\n" + s[len(s)-3000:]
	}
	return s
}
