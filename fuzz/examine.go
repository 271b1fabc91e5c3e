package fuzz

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// examine minimizes the case of b, runs it again and again, and writes its
// folder anew. What has had its share of the time comes to the end of the queue, and
// goes on from its smallest case.
func (r *running) examine(ctx context.Context, l *lab, b *bucket) {
	from := b.original
	if b.Minimized {
		from = b.smallest
	}
	c, err := corpus.Parse("case", []byte(from))
	if err != nil {
		r.problem(fmt.Sprintf("%s: %v", b.Bucket, err))
		return
	}
	l.race = b.ByDetector()
	n, _, err := l.rate(ctx, b.spec, from, b.Bucket, 1, true)
	if err == nil && n == 0 {
		n, _, err = l.rate(ctx, b.spec, from, b.Bucket, repeats, true)
	}
	if err != nil {
		r.aborted(ctx, b, err)
		return
	}
	smallest, runs, late, sure := from, 0, false, true
	if n > 0 {
		begun := time.Now()
		over := func() bool {
			late = late || time.Since(begun) > r.shareOfTime(l)
			return late
		}
		other := func(f harness.Finding, text string) { r.aside(b.spec, &f, text) }
		var min *corpus.Case
		min, runs, sure = l.shrink(ctx, b.spec, c, b.Bucket, over, other)
		smallest = string(corpus.Format(min))
	}
	times := repeats
	if !sure {
		times = repeatsOfLoops
	}
	n, first, err := l.rate(ctx, b.spec, smallest, b.Bucket, times, sure)
	if err == nil && n == 0 && smallest != b.original {
		smallest = b.original
		n, first, err = l.rate(ctx, b.spec, smallest, b.Bucket, times, sure)
	}
	if err != nil {
		r.aborted(ctx, b, err)
		return
	}
	r.mu.Lock()
	b.smallest, b.Steps, b.Runs, b.Minimized, b.done = smallest, caseSteps(smallest), b.Runs+runs, true, !late || b.deadly
	b.Reproduces = fmt.Sprintf("%d/%d", n, times)
	if first != nil {
		b.evidence(first)
	}
	r.mu.Unlock()
	r.save(b)
	if !b.done { // to run again what ends its process takes more time than there is
		r.mu.Lock()
		r.enqueue(b)
		r.mu.Unlock()
	}
}

// shareOfTime returns how long l may minimize one of the cases that wait: what is left
// of the run for that, divided by their number.
func (r *running) shareOfTime(l *lab) time.Duration {
	if r.closing == (closing{}) {
		return minimizeTime * (1 + restFor)
	}
	r.mu.Lock()
	waiting := max(1, len(r.buckets.queue)+r.buckets.busy)
	r.mu.Unlock()
	return r.closing.share(time.Now(), r.Workers, waiting, l.polite != nil)
}

// aborted notes that b could not be examined; the next run will try again.
func (r *running) aborted(ctx context.Context, b *bucket, err error) {
	if ctx.Err() == nil {
		r.problem(fmt.Sprintf("%s: %v", b.Bucket, err))
	}
}

// evidence takes what a run of the smallest case showed.
func (b *bucket) evidence(run *runReport) {
	f := run.bucket(b.Bucket)
	b.describe(f)
	b.ev = evidence{transcript: run.Transcript, log: run.Log, trace: run.Trace, stack: f.Stack}
	if run.Transcript != "" {
		return
	}
	// The run ended its process: what is left is what it was asked to do.
	c, err := corpus.Parse("case", []byte(b.smallest))
	if err != nil {
		return
	}
	d := c.Clone()
	d.Note = append(d.Note, "The run ended its process: this is what it was asked to do.", strings.TrimSpace(f.Summary))
	if d.Valid() != nil {
		d.Note = c.Note
	}
	b.ev.transcript = string(corpus.Format(d))
	b.ev.trace = traceOfCase(c)
}

// laboratory examines what is found until ctx is done, or, once drain is
// closed, until nothing is left. It is polite until closing is closed.
func (r *running) laboratory(ctx context.Context, closing, drain <-chan struct{}) {
	l := &lab{launch: r.launch, specs: r.Targets}
	if r.Workers >= runtime.NumCPU() {
		l.polite = closing
	}
	defer l.close()
	for ctx.Err() == nil {
		if b := r.dequeue(); b != nil {
			r.examine(ctx, l, b)
			r.mu.Lock()
			r.buckets.busy--
			r.mu.Unlock()
			continue
		}
		select {
		case <-ctx.Done():
		case <-r.work:
		case <-drain:
			return
		}
	}
}
