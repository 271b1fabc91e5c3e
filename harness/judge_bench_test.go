package harness_test

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// BenchmarkJudging runs the seeds against go-imap's sides, and judges each record
// once more: judging/case is the share of judging in the time of a case, of which
// a third is the limit. Cases with TLS are left out: their time is the handshake's.
func BenchmarkJudging(b *testing.B) {
	for _, target := range []harness.Target{goimap.Server(), goimap.Client()} {
		b.Run(target.Tests().String(), func(b *testing.B) {
			procs := runtime.GOMAXPROCS(1)
			defer runtime.GOMAXPROCS(procs)
			var whole, judging time.Duration
			cases := 0
			for b.Loop() {
				testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "bench", F: func(t *testing.T) {
					w, j, n := judgeSeeds(t, target)
					whole, judging, cases = whole+w, judging+j, cases+n
				}}})
			}
			if cases == 0 {
				b.Fatal("no case was judged")
			}
			b.ReportMetric(float64(whole.Nanoseconds())/float64(cases), "ns/case")
			b.ReportMetric(judging.Seconds()/whole.Seconds(), "judging/case")
		})
	}
}

func judgeSeeds(t *testing.T, target harness.Target) (whole, judging time.Duration, n int) {
	scratch, again := new(harness.Scratch), new(harness.Scratch)
	for _, s := range corpus.Seeds() {
		tls := slices.ContainsFunc(s.Case.Steps, func(s corpus.Step) bool { return s.Op == corpus.StartTLS })
		if s.Case.Target != target.Tests() || s.Case.Honest || tls {
			continue
		}
		begun := time.Now()
		r := harness.Run(t, target, s.Case, harness.Options{Scratch: scratch})
		ran := time.Now()
		if r.Err != nil {
			continue
		}
		found := harness.Judging(target, r.Record, again)
		judging += time.Since(ran)
		whole += ran.Sub(begun)
		n++
		if got, want := list(found), list(r.Findings); got != want {
			t.Errorf("%s: judged again, it has other findings: want\n%s\ngot\n%s", s.Name, want, got)
		}
	}
	return whole, judging, n
}
