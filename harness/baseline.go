package harness

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// A Baseline is what is known of a target: the findings that were accepted, each
// with a reason and until when. Its text is
//
//	imapfuzz baseline 1
//	# comments, and empty lines, do not count
//	server R-AT-1 until 2027-03-01: reported, mended in the next release
//	client "lie/R-CL-7/body" until 2027-03-01: a bucket stands in quotes
type Baseline struct{ Entries []Accepted }

// Accepted is one entry of a Baseline: a rule, or one bucket of its findings.
type Accepted struct {
	Side   faultnet.Side
	Rule   string    // the id
	Bucket string    // "" for all findings of the rule
	Until  time.Time // the last day, in UTC, on which it counts
	Reason string
}

const baselineHead = "imapfuzz baseline 1"

// dateLayout is how days are written.
const dateLayout = "2006-01-02"

// A BaselineError says what is wrong with the text of a Baseline, and where.
type BaselineError struct {
	Name      string
	Line, Col int // from 1; columns are characters
	Want, Got string
}

// Error returns "name:line:col: want X, got Y".
func (e *BaselineError) Error() string {
	return fmt.Sprintf("%s:%d:%d: want %s, got %s", e.Name, e.Line, e.Col, e.Want, e.Got)
}

// ParseBaseline reads a Baseline strictly: rules must be in the [Catalogue]. The
// error is a *[BaselineError].
func ParseBaseline(name string, text []byte) (*Baseline, error) {
	b := &Baseline{}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, line := range lines {
		p := &baselineParser{name: name, line: i + 1, text: strings.TrimSuffix(line, "\r")}
		if !utf8.ValidString(p.text) {
			return nil, p.fail("UTF-8", "other bytes")
		}
		if i == 0 {
			if p.text != baselineHead {
				return nil, p.fail(strconv.Quote(baselineHead), p.rest())
			}
			continue
		}
		if rest := strings.TrimSpace(p.text); rest == "" || rest[0] == '#' {
			continue
		}
		a, err := p.accepted()
		if err != nil {
			return nil, err
		}
		b.Entries = append(b.Entries, a)
	}
	return b, nil
}

// baselineParser reads one line.
type baselineParser struct {
	name string
	line int
	text string
	at   int
}

func (p *baselineParser) fail(want, got string) error {
	return &BaselineError{p.name, p.line, utf8.RuneCountInString(p.text[:min(p.at, len(p.text))]) + 1, want, got}
}

// rest describes what follows.
func (p *baselineParser) rest() string {
	if p.at >= len(p.text) {
		return "the end of the line"
	}
	r := []rune(p.text[p.at:])
	return strconv.Quote(string(r[:min(len(r), 40)]))
}

// word takes what comes before the next blank.
func (p *baselineParser) word() string {
	p.text = strings.TrimRight(p.text, " \t")
	end := strings.IndexByte(p.text[p.at:], ' ')
	if end < 0 {
		end = len(p.text) - p.at
	}
	w := p.text[p.at : p.at+end]
	p.at += end
	return w
}

// blank takes one blank.
func (p *baselineParser) blank() error {
	if !strings.HasPrefix(p.text[p.at:], " ") {
		return p.fail("a blank", p.rest())
	}
	p.at++
	return nil
}

func (p *baselineParser) accepted() (a Accepted, err error) {
	for _, part := range []func(*Accepted) error{p.side, p.what, p.until, p.reason} {
		if err := part(&a); err != nil {
			return a, err
		}
	}
	return a, nil
}

func (p *baselineParser) side(a *Accepted) error {
	from := p.at
	switch p.word() {
	case "server":
		a.Side = faultnet.Server
	case "client":
		a.Side = faultnet.Client
	default:
		p.at = from
		return p.fail(`"server" or "client"`, p.rest())
	}
	return p.blank()
}

// what takes the id of a rule, or a bucket in quotes.
func (p *baselineParser) what(a *Accepted) error {
	from := p.at
	if strings.HasPrefix(p.text[p.at:], `"`) {
		quoted, err := strconv.QuotedPrefix(p.text[p.at:])
		if err == nil {
			a.Bucket, err = strconv.Unquote(quoted)
		}
		if err != nil {
			return p.fail("a bucket in quotes", p.rest())
		}
		parts := strings.SplitN(a.Bucket, "/", 3)
		if len(parts) < 2 {
			return p.fail("a bucket, kind/rule/where", p.rest())
		}
		a.Rule = parts[1]
		p.at += len(quoted)
	} else {
		a.Rule = p.word()
	}
	if _, ok := RuleFor(a.Rule, a.Side); !ok {
		p.at = from
		return p.fail("the id of a rule of the "+a.Side.String()+" (imapfuzz explain lists them)", p.rest())
	}
	return p.blank()
}

func (p *baselineParser) until(a *Accepted) error {
	from := p.at
	if p.word() != "until" {
		p.at = from
		return p.fail(`"until"`, p.rest())
	}
	if err := p.blank(); err != nil {
		return err
	}
	from = p.at
	day, ok := strings.CutSuffix(p.word(), ":")
	t, err := time.Parse(dateLayout, day)
	if err != nil || !ok {
		p.at = from
		return p.fail("a day and a colon, as in 2027-03-01:", p.rest())
	}
	a.Until = t
	return nil
}

func (p *baselineParser) reason(a *Accepted) error {
	a.Reason = strings.TrimSpace(p.text[p.at:])
	if a.Reason == "" {
		return p.fail("a reason", p.rest())
	}
	if i := strings.IndexFunc(a.Reason, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
		p.at = strings.Index(p.text[p.at:], a.Reason) + p.at + i
		return p.fail("printable characters", p.rest())
	}
	return nil
}

// String returns the text of b.
func (b *Baseline) String() string {
	var out strings.Builder
	out.WriteString(baselineHead + "\n")
	for _, a := range b.Entries {
		what := a.Rule
		if a.Bucket != "" {
			what = strconv.Quote(a.Bucket)
		}
		fmt.Fprintf(&out, "%s %s until %s: %s\n", a.Side, what, a.Until.Format(dateLayout), a.Reason)
	}
	return out.String()
}

// accepts returns the reason for which f is known on that day, and "" if it is
// not, or not any more.
func (b *Baseline) accepts(f *Finding, day time.Time) string {
	for _, a := range b.Entries {
		if a.Side == f.Side && a.Rule == f.Rule && (a.Bucket == "" || a.Bucket == f.Bucket()) && !expired(a, day) {
			return a.Reason
		}
	}
	return ""
}

// expired reports whether the last day of a is over.
func expired(a Accepted, day time.Time) bool { return !day.UTC().Before(a.Until.AddDate(0, 0, 1)) }

// Accept marks the rows of c of which, on that day, all that is as bad as the
// verdict is known to b.
func (c *Card) Accept(b *Baseline, day time.Time) {
	for _, r := range c.Rows {
		r.Known = ""
		if len(r.Shown) == 0 {
			continue
		}
		reasons := []string{}
		for _, s := range r.Shown {
			if rank(s.Finding.Severity) < rank(r.Shown[0].Finding.Severity) {
				break // the worst come first
			}
			reason := b.accepts(s.Finding, day)
			if reason == "" {
				reasons = nil
				break
			}
			if !slices.Contains(reasons, reason) {
				reasons = append(reasons, reason)
			}
		}
		r.Known = strings.Join(reasons, "; ")
	}
}

// Baseline returns a baseline by which what failed in c is known until that day,
// bucket by bucket.
func (c *Card) Baseline(until time.Time, reason string) *Baseline {
	b := &Baseline{}
	for _, r := range c.Rows {
		if r.Verdict != Failed || r.As != nil {
			continue
		}
		for _, s := range r.Shown {
			if s.Finding.Severity == Error {
				b.Entries = append(b.Entries, Accepted{Side: r.Side, Rule: r.Rule.ID, Bucket: s.Finding.Bucket(), Until: until, Reason: reason})
			}
		}
	}
	return b
}
