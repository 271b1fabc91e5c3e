package fuzz

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// Options are the settings of a fuzz target. The zero value is a good one.
type Options struct {
	// Known are findings that do not fail the test: buckets, or the ids of
	// rules. A known finding is logged.
	Known []string

	// Skip, if not nil, names the reason why a case is not run, or "". It is for
	// cases on which the target is known to spin: no test can go on after one.
	Skip func(c *corpus.Case) (reason string)
}

// skip returns why c is not run, or "".
func (o *Options) skip(c *corpus.Case) string {
	if o.Skip == nil {
		return ""
	}
	return o.Skip(c)
}

// Server fuzzes a server under `go test -fuzz`; under plain `go test` it runs
// the seeds and what is kept in testdata. Call it from a FuzzXxx, and do nothing
// else there but f.Add, before it, of cases as text.
//
// A target that spins or dies ends the process, and so the search; under
// `go test -fuzz` f then logs what happened, and the case. In the processes of
// `imapfuzz run ./pkg` a campaign takes over, and Server does not return.
func Server(f *testing.F, s *harness.Server) { ServerWith(f, s, Options{}) }

// Client is [Server] for a client.
func Client(f *testing.F, c *harness.Client) { ClientWith(f, c, Options{}) }

// ServerWith is [Server] with options.
func ServerWith(f *testing.F, s *harness.Server, o Options) { fuzzTarget(f, s, o) }

// ClientWith is [Client] with options.
func ClientWith(f *testing.F, c *harness.Client, o Options) { fuzzTarget(f, c, o) }

func fuzzTarget(f *testing.F, target harness.Target, o Options) {
	if os.Getenv(workerVariable) != "" {
		serveCampaign(f, target, o)
		return
	}
	v := vocabulary(target)
	known := map[string]bool{}
	for _, k := range o.Known {
		known[k] = true
	}
	k := newKennel(target, func(fd *harness.Finding) bool { return known[fd.Rule] || known[fd.Bucket()] })
	f.Cleanup(k.close)
	f.Add([]byte(nil))
	for _, seed := range seedsFor(target) {
		if reason := o.skip(seed.Case); reason != "" {
			f.Logf("the seed %s is left out: %s", seed.Name, reason)
			continue
		}
		f.Add(corpus.Format(seed.Case))
	}
	tell := aftermath(f, target, v)
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Decode(target.Tests(), data, v)
		if err := unfit(target, c); err != nil {
			t.Skip(err)
		}
		if reason := o.skip(c); reason != "" {
			t.Skip(reason)
		}
		res := k.run(t, c)
		if res == nil {
			t.Skip("inconclusive: the run could not go on in fake time")
		}
		if res.Err != nil {
			t.Fatal(res.Err)
		}
		failed := false
		for i := range res.Findings {
			fd := &res.Findings[i]
			if known[fd.Rule] || known[fd.Bucket()] {
				t.Logf("known: %v", fd)
				continue
			}
			failed = true
			t.Error(complaint(fd))
		}
		if failed {
			t.Log(advice(c))
			t.Logf("what happened:\n\n%s", res.Record.Transcript().String())
		}
	})
	tell()
}

// complaint is what a test says of a finding.
func complaint(f *harness.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v\nbucket %s", f, f.Bucket())
	if r, ok := harness.RuleFor(f.Rule, f.Side); ok {
		fmt.Fprintf(&b, "\nrule %s (%s): %s", r.ID, r.Section, r.Text)
	}
	if f.Stack != "" {
		fmt.Fprintf(&b, "\n%s", f.Stack)
	}
	return b.String()
}

// ReadKnown reads a list for [Options].Known: a bucket or a rule's id a line,
// then at least two blanks (one will do if the bucket has none) and the reason,
// which must be there. Empty lines and those that
// start with "#" do not count. Errors are "name:line:col: want X, got Y".
func ReadKnown(name string, r io.Reader) ([]string, error) {
	var out []string
	in := bufio.NewScanner(r)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		id, reason, two := strings.Cut(line, "  ")
		if !two {
			id, reason, _ = strings.Cut(line, " ")
		}
		if strings.TrimSpace(reason) == "" {
			return nil, fmt.Errorf("%s:%d:%d: want a reason, got end of line", name, n, len(id)+1)
		}
		out = append(out, id)
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return out, nil
}
