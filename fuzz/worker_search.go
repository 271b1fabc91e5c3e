package fuzz

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// stream is a search in progress.
type stream struct {
	*Search
	target *watched
	told   map[string]bool // buckets whose first case was reported
}

// search goes on with a stream.
func (w *worker) search(t *testing.T, q *request) error {
	s, err := w.stream(q)
	if err != nil {
		return err
	}
	s.target.dog.Expect(q.Deadly)
	s.target.dog.Limit(0)
	for _, text := range q.News {
		c, err := corpus.Parse("case of another campaign", []byte(text))
		if err != nil {
			return err
		}
		s.Hand(c)
	}
	end := time.Now().Add(time.Duration(q.Ms) * time.Millisecond)
	told := time.Now()
	n := counts{Buckets: map[string]int{}}
	for i := 0; q.N == 0 || i < q.N; i++ {
		if now := time.Now(); q.Ms != 0 && now.After(end) {
			break
		} else if now.Sub(told) > countsEvery {
			told = now
			n.Yield = s.yields.take()
			if err := w.say(&answer{Counts: &n}); err != nil {
				return err
			}
			n = counts{Buckets: map[string]int{}}
		}
		c, k := s.Next()
		if w.skipped(c) != "" {
			n.Next = k
			continue
		}
		if err := w.begin(c, k, s.Parent()); err != nil {
			return err
		}
		if !s.target.warm {
			w.warmUp(t, s.target, c) // what later cases are the first to use counts as theirs
		}
		res := harness.Run(t, s.target.Target, c, w.counting(s.target, s.edges))
		n.Next, n.Cases = k, n.Cases+1
		if res.Err != nil {
			n.Failed++
			n.Why = res.Err.Error()
			continue
		}
		n.Steps += int64(res.Record.Steps)
		n.Faults += int64(res.Record.Faults)
		n.Reach.note(res.Record)
		if err := w.judge(t, s, c, k, res, &n); err != nil {
			return err
		}
	}
	n.Yield = s.yields.take()
	return w.say(&answer{Counts: &n})
}

// judge reports what a case of a search showed.
func (w *worker) judge(t *testing.T, s *stream, c *corpus.Case, k uint64, res *harness.Result, n *counts) error {
	for i := range res.Findings {
		f := &res.Findings[i]
		b := f.Bucket()
		n.Buckets[b]++
		if s.told[b] {
			continue
		}
		s.told[b] = true
		if err := w.say(&answer{Found: &found{Finding: *f, Case: string(corpus.Format(c)), K: k}}); err != nil {
			return err
		}
	}
	e := s.Done(c, res)
	if e == nil {
		return nil
	}
	if s.total%againEvery == 0 {
		w.again(t, s, c, res, &n.Reach)
	}
	return w.say(&answer{Kept: e})
}

// again runs a case once more, whose result has been judged, to see whether it takes
// the same way.
func (w *worker) again(t *testing.T, s *stream, c *corpus.Case, res *harness.Result, n *reach) {
	first := s.edges.way(res.Record)
	s.edges.reset()
	res = harness.Run(t, s.target.Target, c, w.counting(s.target, s.edges))
	if res.Err == nil {
		n.Again++
		n.Same += one(bytes.Equal(first, s.edges.way(res.Record)))
	}
}

// stream returns the stream that q means.
func (w *worker) stream(q *request) (*stream, error) {
	if s := w.streams[streamKey{q.Target, q.Stream}]; s != nil {
		return s, nil
	}
	return nil, errors.New("the stream has not begun")
}

// open makes a stream, or goes on with that, and brings it further.
func (w *worker) open(q *request) error {
	if q.Begin {
		if err := w.make(q); err != nil {
			return err
		}
	}
	s, err := w.stream(q)
	if err != nil {
		return err
	}
	if err := s.Restore(q.From, q.Kept); err != nil {
		return err
	}
	for _, e := range q.Kept {
		for _, b := range e.Buckets {
			s.told[b] = true
		}
	}
	return nil
}

// make makes a new stream.
func (w *worker) make(q *request) error {
	target, err := w.target(q.Target)
	if err != nil {
		return err
	}
	var inputs []*corpus.Case
	for _, text := range q.Inputs {
		c, err := corpus.Parse("input", []byte(text))
		if err != nil {
			return err
		}
		inputs = append(inputs, c)
	}
	v := vocabulary(target.Target)
	v.await(q.Words)
	s := &stream{
		Search: NewSearch(target.Tests(), q.Seed, q.Stream, inputs, v),
		target: target, told: map[string]bool{},
	}
	s.cover(w.counters)
	for _, k := range q.Banned {
		s.Ban(k)
	}
	s.Limit(q.Limit)
	w.streams[streamKey{q.Target, q.Stream}] = s
	return nil
}
