package fuzz

import (
	"bytes"
	"slices"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// run runs one case several times.
func (w *worker) run(t *testing.T, q *request) ([]runReport, error) {
	target, err := w.target(q.Target)
	if err != nil {
		return nil, err
	}
	c, err := corpus.Parse("case", []byte(q.Case))
	if err != nil {
		return nil, err
	}
	target.dog.Expect(q.Deadly)
	target.dog.Limit(q.Spin)
	var out []runReport
	if why := w.skipped(c); why != "" {
		return slices.Repeat([]runReport{{Skipped: why}}, max(q.Times, 1)), nil
	}
	for i := range max(q.Times, 1) {
		if err := w.begin(c, uint64(i+1), 0); err != nil {
			return nil, err
		}
		if q.Features && i == 0 {
			w.warmUp(t, target, c)
		}
		edges := newProgramMap(w.counters)
		edges.reset()
		o := w.counting(target, edges)
		o.Profile = q.Profile
		res := harness.Run(t, target.Target, c, o)
		out = append(out, report(res, i < q.Show))
		if q.Trial != "" {
			out[i] = runReport{Trial: harness.NewTrial(q.Trial, c)}
			out[i].Trial.Take(res)
		}
		edges.read()
		out[i].Edges = len(edges.counters) - bytes.Count(edges.counters, []byte{0})
		if q.Features && res.Record != nil {
			out[i].Taken = edges.taken()
			out[i].Features = []uint64{}
			res.Record.Features(func(f uint64, _ int) { out[i].Features = append(out[i].Features, f) })
		}
	}
	return out, nil
}

// skipped returns why the target's author leaves c out, or "".
func (w *worker) skipped(c *corpus.Case) string {
	if w.skip == nil {
		return ""
	}
	return w.skip(c)
}

// report copies what is to be known of a run; show asks for all of it.
func report(res *harness.Result, show bool) runReport {
	if res.Err != nil {
		return runReport{Err: res.Err.Error()}
	}
	rec := res.Record
	r := runReport{Findings: res.Findings, Steps: rec.Steps, Faults: rec.Faults, Diverged: rec.Diverged, Unfired: rec.Unfired}
	if show {
		r.Transcript = rec.Transcript().String()
		r.Log = rec.Log
		r.Trace = traceOf(rec)
		r.Wires = wiresOf(rec)
	}
	return r
}
