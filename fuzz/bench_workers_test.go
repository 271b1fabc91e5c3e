package fuzz

import "testing"

// BenchmarkWorkers runs campaigns with one worker and with two in turns, each from
// an empty directory, and prints the ratio of their rates while they search. It
// means something on a machine with two processors or more that does nothing else.
func BenchmarkWorkers(b *testing.B) {
	var rate [3]float64
	n := 0
	for b.Loop() {
		for _, workers := range []int{1, 2, 2, 1} {
			c := campaignIn(b.TempDir())
			c.Workers, c.Time = workers, benchTime
			s, err := c.Run(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			rate[workers] += s.CasesPerS
		}
		n += 2
	}
	b.ReportMetric(rate[1]/float64(n), "one/s")
	b.ReportMetric(rate[2]/float64(n), "two/s")
	b.ReportMetric(rate[2]/rate[1], "two_vs_one")
}

// benchTime is how long each campaign of BenchmarkWorkers takes.
const benchTime = testTime / 4
