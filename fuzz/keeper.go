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
)

// A keeper writes the corpus in the background: a disk that syncs takes longer
// for a case than the case itself.
type keeper struct {
	store  *corpus.Store
	broken func(error)
	todo   chan string
	done   chan struct{}
	mu     sync.Mutex
	n      int
	late   bool            // close has given up waiting
	seen   map[string]bool // cases on the disk that need not be read any more
}

func newKeeper(store *corpus.Store, broken func(error)) *keeper {
	k := &keeper{store: store, broken: broken, todo: make(chan string, maxUnwritten), done: make(chan struct{}), seen: map[string]bool{}}
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
		k.mu.Lock()
		late := k.late
		k.mu.Unlock()
		if late {
			continue
		}
		c, err := corpus.Parse("kept", []byte(text))
		if err != nil {
			k.broken(err)
			continue
		}
		id, fresh, err := k.store.Add(c)
		if err != nil {
			k.broken(err)
			continue
		}
		k.mu.Lock()
		if fresh {
			k.n++
		}
		k.seen[id] = true
		k.mu.Unlock()
	}
}

// close writes what waits, for flushTime at most. Nobody may call add any more.
func (k *keeper) close() {
	close(k.todo)
	t := time.AfterFunc(flushTime, func() {
		k.mu.Lock()
		k.late = true
		k.mu.Unlock()
	})
	defer t.Stop()
	<-k.done
}
