package fuzz

import (
	"sync"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

const (
	// maxUnwritten bounds the cases that wait to be written. Beyond it they are
	// not kept on the disk: the search goes on with them all the same.
	maxUnwritten = 1 << 14

	// flushTime is how long the end of a campaign waits for the rest.
	flushTime = 1500 * time.Millisecond

	// keepEvery is how long the keeper gathers cases, and gatherMost how many: a
	// sync of the disk for each would cost as much as a core's search now and then.
	keepEvery  = 250 * time.Millisecond
	gatherMost = 64
)

// A keeper writes the corpus in the background: a disk that syncs takes longer
// for a case than the case itself.
type keeper struct {
	store   *corpus.Store
	broken  func(error)
	todo    chan string
	done    chan struct{}
	closing chan struct{}
	mu      sync.Mutex
	n       int
	late    bool            // close has given up waiting
	seen    map[string]bool // cases on the disk that need not be read any more
}

func newKeeper(store *corpus.Store, broken func(error)) *keeper {
	k := &keeper{store: store, broken: broken, todo: make(chan string, maxUnwritten), done: make(chan struct{}), closing: make(chan struct{}), seen: map[string]bool{}}
	go k.loop()
	return k
}

// news returns the cases on the disk that it has not returned before, and that
// add was not given.
func (k *keeper) news() ([]*corpus.Case, []error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	cases, errs := k.store.Unseen(k.seen)
	k.n += len(cases)
	return cases, errs
}

func (k *keeper) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.n
}

func (k *keeper) add(text string) {
	select {
	case k.todo <- text:
	default:
	}
}

func (k *keeper) loop() {
	defer close(k.done)
	for text := range k.todo {
		cases := k.gather(nil, text)
		select {
		case <-k.closing:
		case <-time.After(keepEvery):
		}
		for len(cases) < gatherMost {
			select {
			case text, ok := <-k.todo:
				if ok {
					cases = k.gather(cases, text)
					continue
				}
			default:
			}
			break
		}
		k.write(cases)
	}
}

// gather appends the case of that text.
func (k *keeper) gather(cases []*corpus.Case, text string) []*corpus.Case {
	c, err := corpus.Parse("kept", []byte(text))
	if err != nil {
		k.broken(err)
		return cases
	}
	return append(cases, c)
}

// write writes cases, unless close has given up waiting.
func (k *keeper) write(cases []*corpus.Case) {
	k.mu.Lock()
	late := k.late
	for _, c := range cases {
		k.seen[c.ID()] = true // before they are there: news must not find them
	}
	k.mu.Unlock()
	if late {
		return
	}
	fresh, err := k.store.AddAll(cases)
	if err != nil {
		k.broken(err)
	}
	k.mu.Lock()
	k.n += fresh
	k.mu.Unlock()
}

// close writes what waits, for flushTime at most. Nobody may call add any more.
func (k *keeper) close() {
	close(k.closing)
	close(k.todo)
	t := time.AfterFunc(flushTime, func() {
		k.mu.Lock()
		k.late = true
		k.mu.Unlock()
	})
	defer t.Stop()
	<-k.done
}
