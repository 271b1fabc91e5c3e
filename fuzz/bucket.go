package fuzz

import (
	"fmt"
	"slices"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A bucket is a finding that a campaign knows of.
type bucket struct {
	findingJSON
	spec     Spec
	original string // the case that showed it first
	smallest string
	ev       evidence
	deadly   bool // its runs end their process
	seen     int  // runs of this campaign that showed it
	saved    bool // its folder is on the disk, or cannot be written
	done     bool // minimized, or known from earlier
}

// maxFamily bounds the buckets of one kind and rule: where there are more, the
// rule tells defects apart by something that the input decides.
const maxFamily = 64

// buckets are the findings of a campaign. It is guarded by running.mu.
type buckets struct {
	all    map[string]*bucket
	family map[string]int // how many buckets of a kind and rule
	queue  []*bucket      // to be minimized
	busy   int            // being minimized
	turn   int            // buckets taken from the queue
}

// find counts a finding, and returns the bucket if it is new.
func (r *running) find(spec Spec, f *harness.Finding, text string, n int, deadly bool) *bucket {
	if spec.known(f) {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	name := f.Bucket()
	if b := r.buckets.all[name]; b != nil {
		b.seen += n
		b.deadly = b.deadly || deadly
		return nil
	}
	family := string(f.Kind) + "/" + f.Rule
	if r.buckets.family[family]++; r.buckets.family[family] > maxFamily {
		if r.buckets.family[family] == maxFamily+1 {
			defer r.problem(fmt.Sprintf("more than %d buckets of %s: the rest is not kept", maxFamily, family))
		}
		return nil
	}
	b := &bucket{spec: spec, original: text, smallest: text, deadly: deadly, seen: n}
	b.describe(f)
	b.built()
	b.Target = spec.Name
	b.FirstSeen = time.Now().UTC().Truncate(time.Second)
	b.Steps, b.Reproduces = caseSteps(text), "1/1"
	b.ev.stack = f.Stack
	r.buckets.all[name] = b
	r.enqueue(b)
	return b
}

// deadly returns the buckets of that target whose runs end their process, of
// whichever worker: another such run need not take as long to be told as the
// first.
func (r *running) deadly(target string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for name, b := range r.buckets.all {
		if b.deadly && b.spec.Name == target {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// enqueue asks for b to be minimized. The caller holds r.mu.
func (r *running) enqueue(b *bucket) {
	r.buckets.queue = append(r.buckets.queue, b)
	select {
	case r.work <- struct{}{}:
	default:
	}
}

// deadlyTurn is how often a bucket whose runs end their process has its turn
// while there are others: minimizing it takes much longer.
const deadlyTurn = 3

// dequeue returns the next bucket to minimize, nil if there is none. It is busy until
// the caller says otherwise.
func (r *running) dequeue() *bucket {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.buckets.queue
	if len(q) == 0 {
		return nil
	}
	r.buckets.turn++
	deadly := r.buckets.turn%deadlyTurn == 0
	i := max(0, slices.IndexFunc(q, func(b *bucket) bool { return b.deadly == deadly }))
	b := q[i]
	r.buckets.queue = slices.Delete(q, i, i+1)
	r.buckets.busy++
	return b
}

// save writes the folder of b.
func (r *running) save(b *bucket) {
	dir, err := r.store.Finding(slug(b.Bucket))
	if err == nil {
		err = b.write(dir, b.original, b.smallest, b.ev, r.Capture)
	}
	if err != nil {
		r.broken(err)
	}
	r.mu.Lock()
	if b.saved = true; b.done {
		b.ev = evidence{} // it lies on the disk, and was the most of the bucket's memory
	}
	r.mu.Unlock()
}

// found counts a finding and, if it is new, writes it down at once.
func (r *running) found(spec Spec, f *harness.Finding, text string, n int, deadly bool) {
	if b := r.find(spec, f, text, n, deadly); b != nil {
		r.save(b)
	}
}

// aside notes what a run showed beside what it was for. A smaller case falls
// into other buckets all the time, most of them by being broken: only a new kind
// of defect is of interest.
func (r *running) aside(spec Spec, f *harness.Finding, text string) {
	if r.strict {
		return
	}
	r.mu.Lock()
	known := r.buckets.family[string(f.Kind)+"/"+f.Rule] > 0
	r.mu.Unlock()
	if !known {
		r.found(spec, f, text, 0, false)
	}
}

// recall reads what earlier runs have found. A folder that is not whole, since
// its run was killed, is examined again, and so is one that was not minimized.
func (r *running) recall() error {
	dirs, err := r.store.Findings()
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		text, err := dir.ReadFile(originalFile)
		if err != nil {
			continue // killed before the case was written: nothing is there
		}
		c, err := corpus.Parse(dir.Path+"/"+originalFile, text)
		if err != nil {
			r.problem(err.Error())
			continue
		}
		spec, err := specFor(r.Targets, c)
		if err != nil {
			continue // of a target that this run leaves out
		}
		if !dir.Whole() {
			r.inputs = append(r.inputs, pending{spec, string(text)})
			continue
		}
		j, err := readFinding(dir)
		if err != nil {
			r.problem(err.Error())
			r.inputs = append(r.inputs, pending{spec, string(text)})
			continue
		}
		b := &bucket{findingJSON: *j, spec: spec, original: string(text), smallest: string(text), done: j.Minimized}
		b.Known = true
		if smallest, err := dir.ReadFile(minFile); err == nil {
			b.smallest = string(smallest)
		}
		r.buckets.all[j.Bucket] = b
		r.buckets.family[j.Kind+"/"+j.Rule]++
		r.inputs = append(r.inputs, pending{spec, b.smallest})
		if !b.done {
			r.buckets.queue = append(r.buckets.queue, b)
		}
	}
	return nil
}

// pending is a case of an earlier run that is run again at the start.
type pending struct {
	spec Spec
	text string
}
