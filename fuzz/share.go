package fuzz

import (
	"context"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// shareEvery is how often a campaign looks for what other campaigns have added
// to its directory.
const shareEvery = 20 * time.Second

// share gives the searchers what other campaigns add to the directory, until ctx
// is done.
func (r *running) share(ctx context.Context, searchers []*searcher) {
	every := time.NewTicker(r.shareEvery)
	defer every.Stop()
	turn := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		cases, errs := r.keeper.news()
		for _, err := range errs {
			r.problem(err.Error())
		}
		for _, c := range cases {
			if spec, err := specFor(r.Targets, c); err == nil {
				searchers[turn%len(searchers)].hand(spec, string(corpus.Format(c)))
				turn++
			}
		}
		r.learn()
	}
}

// hand gives the worker a case to run among its own.
func (w *searcher) hand(spec Spec, text string) {
	w.newsMu.Lock()
	defer w.newsMu.Unlock()
	for _, s := range w.streams {
		if s.spec.Name == spec.Name {
			s.news = append(s.news, text)
		}
	}
}

// takeNews returns what was handed to s since it was last asked.
func (w *searcher) takeNews(s *searching) []string {
	w.newsMu.Lock()
	defer w.newsMu.Unlock()
	news := s.news
	s.news = nil
	return news
}

// learn notes the findings of other campaigns, which are theirs to minimize.
func (r *running) learn() {
	dirs, err := r.store.Findings()
	if err != nil {
		r.problem(err.Error())
		return
	}
	for _, dir := range dirs {
		if r.knows(dir.Slug) || !dir.Whole() {
			continue
		}
		j, err := readFinding(dir)
		if err != nil {
			continue // it is being written
		}
		text, err := dir.ReadFile(originalFile)
		if err != nil {
			continue
		}
		c, err := corpus.Parse(dir.Path+"/"+originalFile, text)
		if err != nil {
			continue
		}
		spec, err := specFor(r.Targets, c)
		if err != nil {
			continue
		}
		b := &bucket{findingJSON: *j, spec: spec, original: string(text), smallest: string(text), done: true}
		b.Known = true
		r.mu.Lock()
		if r.buckets.all[j.Bucket] == nil {
			r.buckets.all[j.Bucket] = b
			r.buckets.family[j.Kind+"/"+j.Rule]++
		}
		r.mu.Unlock()
	}
}

// knows reports whether a finding with that folder is known.
func (r *running) knows(folder string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name := range r.buckets.all {
		if slug(name) == folder {
			return true
		}
	}
	return false
}
