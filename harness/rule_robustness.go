package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// Ids of rules that other code asks for.
const (
	ruleCrash     = "no-crash"
	ruleHang      = "no-hang"
	ruleLeak      = "no-leak"
	ruleMemory    = "bounded-memory"
	ruleBystander = "bystander"
	ruleNesting   = "R-FR-10"
)

func robustnessRules() []Rule {
	return []Rule{
		{
			ID: ruleCrash, Section: "RFC 2683, section 3.4.1; RFC 9051, section 2.2.2", Severity: Error, Kind: Crash,
			Text:    "Nothing that a peer sends, or ceases to send, makes a program panic or die. A panic that is recovered and logged, or returned as an error, is one too.",
			Example: "C: a1 FETCH 1 BODY[]<9223372036854775807.9223372036854775807>\n# the server logs a panic and drops the connection",
			check:   checkCrash,
		},
		{
			ID: ruleNesting, Section: "RFC 9051, section 9 (list grammar) and 7.5.2 (body structure)", Severity: Error, Kind: Crash,
			Text:    "Lists and body structures may nest; how deep is for the program to limit, before its stack does. In Go a stack that overflows ends the process.",
			Example: "S: * 1 FETCH (BODYSTRUCTURE ((((((... # a hundred thousand times",
			check:   (*judging).survived, // the process is gone: FatalFinding judges what it left
		},
		{
			ID: ruleHang, Section: "RFC 9051, section 2.2.2; RFC 2683, section 3.1.2", Severity: Error, Kind: Hang,
			Text:    "No input makes a program spin, or wait for a lock that nobody will release.",
			Example: "C: a1 LIST \"\" %*%*%*%*%*%*%*%*%*%*x\n# the server computes for minutes",
			check:   (*judging).reach, // the run does not end: the Watchdog judges it
		},
		{
			ID: ruleMemory, Section: "RFC 2683, section 3.2.1.5; RFC 7888, section 4", Severity: Error, Kind: Resource,
			Text:    fmt.Sprintf("Memory stays in proportion to what was really sent: not to a length that was only announced. Here: at most %d MiB, %d bytes for each byte of input, and %d KiB for each word of a FETCH or SEARCH and message.", memoryBase>>20, memoryPerByte, memoryPerItem>>10),
			Example: "C: a1 LOGIN {2147483647+}\n# the server allocates 2 GiB and waits",
			check:   checkMemory,
		},
		{
			ID: ruleBystander, Section: "RFC 2683, section 3.1.2; RFC 3501, section 5.3", Side: faultnet.Server, Severity: Error, Kind: State,
			Text:    "What happens on one connection leaves the others alone: a session beside the tortured one is served at once, a fresh one can log in, select and fetch afterwards, and the server can be stopped.",
			Example: "C: a1 FETCH 1 BODY[]\n! server: noread 1h\n# another session's STATUS INBOX gets no answer",
			check:   checkTrouble,
		},
		{
			ID: ruleLeak, Section: "RFC 2683, section 3.1.2; RFC 9051, section 5.4", Severity: Error, Kind: Leak,
			Text:    "When a connection is gone, all that served it goes too, at the latest when the inactivity timer ends: no goroutine outlives it.",
			Example: "C: a1 IDLE\n! client: cut\n# an hour later a goroutine still waits for that client",
			check:   checkLeak,
		},
	}
}

const (
	memoryBase    = 48 << 20
	memoryPerByte = 4096
	memoryPerItem = 64 << 10
	mostMessages  = 64 // that are believed: a server may say that it has four thousand million
)

// checkCrash looks for panics where they were not allowed to surface: in the
// log of a server, in the errors of a client, in Drive itself.
func checkCrash(j *judging, r Rule) {
	j.reach(r)
	text := strings.Join(j.rec.Log, "\n")
	if i := strings.Index(text, "panic"); i >= 0 {
		j.report(r, j.panicFinding("recovered a panic", text[i:]))
	}
	d := j.rec.Driven
	if d == nil {
		return
	}
	if d.Panic != nil {
		j.report(r, j.panicFinding("panicked", d.Panic.Text))
		return
	}
	errs := []error{d.Err}
	for i := range j.rec.Events {
		if c := j.rec.Events[i].Claim; c != nil {
			errs = append(errs, c.Err)
		}
	}
	for _, err := range errs {
		if err != nil && strings.Contains(err.Error(), "panic") && strings.Contains(err.Error(), "goroutine ") {
			j.report(r, j.panicFinding("recovered a panic", err.Error()))
			return
		}
	}
}

// deepNesting is how many parentheses in a row ask for more than a stack that
// grows with each can be trusted to hold.
const deepNesting = 1000

// survived notes that the target outlived nesting that is deep.
func (j *judging) survived(r Rule) {
	for i := range j.rec.Events {
		e := &j.rec.Events[i]
		if (e.Kind == ServerGot || e.Kind == ClientGot) && bytes.Count(e.Data, []byte("(")) >= deepNesting {
			j.reach(r)
			return
		}
	}
}

// panicFinding makes a finding from the text of a panic: its first line and,
// if there is one, its stack.
func (j *judging) panicFinding(what, text string) Finding {
	head, _, _ := strings.Cut(text, "\n")
	f := Finding{Where: "unknown", Summary: what + ": " + oneLine(head), Stack: text, event: len(j.rec.Events)}
	for _, s := range parseStacks([]byte(text)) {
		if own := s.own(j.packages); len(own) > 0 {
			f.Where = own[0]
			f.Stack = s.Text
			break
		}
	}
	return f
}

func checkMemory(j *judging, r Rule) {
	j.reach(r)
	limit := uint64(memoryBase) + memoryPerByte*uint64(j.rec.Input)
	if j.rec.Allocated <= limit {
		return
	}
	if limit += memoryPerItem * uint64(j.items()); j.rec.Allocated > limit {
		j.report(r, Finding{
			Close:   j.rec.Allocated < limit+limit/10,
			Where:   longestVerb(j.rec),
			Summary: fmt.Sprintf("%d MiB were allocated for %d bytes of input", j.rec.Allocated>>20, j.rec.Input),
			event:   len(j.rec.Events),
		})
	}
}

// items returns how much was asked of messages: for each word of a FETCH or SEARCH,
// each message that there was. What is done for one of them costs the same
// whether few bytes asked for it or many.
func (j *judging) items() (n int) {
	if j.rec.Tests != corpus.Server {
		return 0
	}
	for _, s := range j.rec.Conns {
		messages := 0
		for i := range s.Responses {
			if r := &s.Responses[i]; r.Name == "EXISTS" {
				messages = max(messages, int(min(r.Num, mostMessages)))
			}
		}
		for k := range s.Commands {
			switch c := &s.Commands[k]; trimUID(c.Name) {
			case "FETCH", "SEARCH":
				n += messages * bytes.Count(c.Raw, []byte(" "))
			}
		}
	}
	return n
}

func checkTrouble(j *judging, r Rule) {
	j.reach(r)
	if len(j.rec.Trouble) > 0 {
		t := j.rec.Trouble[0] // the rest follows from it
		f := Finding{Where: t.Who + "/" + t.Verb, Summary: t.Who + ": " + t.What, event: len(j.rec.Events)}
		if t.Mute {
			f.Kind = Hang
		}
		j.report(r, f)
	}
}

func checkLeak(j *judging, r Rule) {
	j.reach(r)
	if len(j.rec.Leaks) == 0 {
		return
	}
	s := j.rec.Leaks[0]
	where := "unknown"
	for _, l := range j.rec.Leaks {
		if own := l.own(j.packages); len(own) > 0 {
			s, where = l, own[0]
			break
		}
	}
	j.report(r, Finding{
		Where:   where,
		Summary: fmt.Sprintf("%d goroutine(s) left, one in %s [%s]", len(j.rec.Leaks), where, stateWord(s.State)),
		Stack:   s.Text,
		event:   len(j.rec.Events),
	})
}

// stateWord returns what a goroutine waits for, without the rest.
func stateWord(state string) string {
	word, _, _ := strings.Cut(state, ",")
	word, _, _ = strings.Cut(word, " (")
	return word
}

// lastVerb returns the name of the last command of a run: what a finding that
// no single exchange shows is told apart by.
func lastVerb(rec *Record) string {
	verb := "none"
	for _, s := range rec.Conns {
		for i := range s.Commands {
			if c := &s.Commands[i]; c.Name != "" && c.Known {
				verb = c.Name
			}
		}
	}
	if rec.Tests == corpus.Client && verb == "none" {
		verb = "greeting"
	}
	return verb
}

// longestVerb returns the name of the longest command of a run, or response if
// it tests a client: what memory is most likely spent on.
func longestVerb(rec *Record) string {
	verb, longest := "none", 0
	for _, s := range rec.Conns {
		if rec.Tests == corpus.Client {
			for i := range s.Responses {
				if r := &s.Responses[i]; len(r.Raw) > longest {
					verb, longest = r.Name, len(r.Raw)
				}
			}
			if len(s.Residue) > longest {
				begun, _ := imapwire.ParseResponse(s.Residue, imapwire.Any)
				verb, longest = orDefault(begun.Name, "unfinished response"), len(s.Residue)
			}
			continue
		}
		for i := range s.Commands {
			if c := &s.Commands[i]; len(c.Raw) > longest {
				verb, longest = trimUID(c.Name), len(c.Raw)
			}
		}
	}
	return verb
}

// oneLine shortens text to what fits a table.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) > 160 {
		s = s[:157] + "..."
	}
	return strings.TrimSpace(s)
}
