package fuzz

import (
	"sync"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

func TestCampaignsThatShareADirectory(t *testing.T) {
	t.Run("a case that another adds is run, and what it shows is found", func(t *testing.T) {
		dir := t.TempDir()
		theirs, err := corpus.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		c := campaignIn(dir)
		c.shareEvery = 10 * time.Millisecond
		var add sync.Once
		s, err := runUntil(t, c, func(p Progress) bool {
			if p.Cases > 300 { // it searches: the word is none that it would think of
				add.Do(func() {
					if exists(dir, bucketPanic) {
						t.Error("it was found before it was added")
					}
					if _, _, err := theirs.Add(serverCase(t, deadlySteps)); err != nil {
						t.Error(err)
					}
				})
			}
			return exists(dir, bucketPanic)
		})
		if err != nil || find(s, "plantedPanic") == nil {
			t.Errorf("%v, %+v", err, s)
		}
	})
	t.Run("a finding of another is known, and not minimized again", func(t *testing.T) {
		dir := deadlyDir(t)
		if _, err := runUntil(t, campaignIn(dir), func(Progress) bool { return minimized(dir, bucketPanic) }); err != nil {
			t.Fatal(err)
		}
		c := campaignIn(t.TempDir())
		r, err := c.prepare()
		if err != nil {
			t.Fatal(err)
		}
		defer r.keeper.close()
		if r.store, err = corpus.Open(dir); err != nil { // as if it had come while this campaign ran
			t.Fatal(err)
		}
		r.learn()
		r.learn()
		b := r.buckets.all[bucketPanic]
		if b == nil || !b.Known || !b.done || len(r.buckets.queue) > 0 {
			t.Errorf("%+v, %d in the queue", b, len(r.buckets.queue))
		}
		n := 0
		for _, of := range r.buckets.family {
			n += of
		}
		if n != len(r.buckets.all) {
			t.Errorf("the families count %d of %d", n, len(r.buckets.all))
		}
	})
	t.Run("news are read once, and one's own cases are none", func(t *testing.T) {
		dir := t.TempDir()
		mine, err := corpus.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		k := newKeeper(mine, func(err error) { t.Error(err) })
		k.add(string(corpus.Format(serverCase(t, "C: a1 NOOP\n"))))
		k.close() // it is written
		if _, _, err := mine.Add(serverCase(t, "C: a1 LOGOUT\n")); err != nil {
			t.Fatal(err)
		}
		if news, errs := k.news(); len(news) != 1 || len(errs) > 0 {
			t.Errorf("%d cases, %v", len(news), errs)
		}
		if news, errs := k.news(); len(news) != 0 || len(errs) > 0 || k.count() != 2 {
			t.Errorf("again: %d cases, %v, %d counted", len(news), errs, k.count())
		}
	})
}
