package fuzz

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// A spool is a list, in order, of what a stream needs when it goes on in another
// process. It lies in a file, so that the parent of a campaign does not grow with it,
// and which no other process sees. It belongs to one goroutine; call close when it is
// not used any more.
type spool[T any] struct {
	dir    string      // where the file is made
	broken func(error) // told, once, of a file that cannot be written: the rest is kept in memory

	file *os.File
	path string // of the file, "" where it has no name any more
	size int64
	n    int // items in the file
	rest []T
}

// chunk is how many items are read, and sent to a worker, at a time.
const chunk = 64

// add appends an item.
func (l *spool[T]) add(e T) {
	if len(l.rest) > 0 {
		l.rest = append(l.rest, e)
		return
	}
	if err := l.write(e); err != nil {
		l.rest = append(l.rest, e)
		l.broken(fmt.Errorf("fuzz: %w", err))
		return
	}
	l.n++
}

func (l *spool[T]) write(e T) (err error) {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if l.file == nil {
		// A store removes files of that name that nobody uses any more.
		if l.file, err = os.CreateTemp(l.dir, "stream-*.tmp"); err != nil {
			return err
		}
		if os.Remove(l.file.Name()) != nil {
			l.path = l.file.Name() // some systems want it closed first
		}
	}
	if _, err = l.file.WriteAt(append(line, '\n'), l.size); err != nil {
		return err
	}
	l.size += int64(len(line)) + 1
	return nil
}

// each calls do with all items, chunk at a time; last is set in the last call. There
// is at least one. It ends with do's first error.
func (l *spool[T]) each(do func(items []T, last bool) error) error {
	if l.n > 0 {
		lines := bufio.NewReader(io.NewSectionReader(l.file, 0, l.size))
		for left := l.n; left > 0; {
			items := make([]T, min(left, chunk))
			for i := range items {
				line, err := lines.ReadBytes('\n')
				if err == nil {
					err = json.Unmarshal(line, &items[i])
				}
				if err != nil {
					return fmt.Errorf("fuzz: read what a stream goes on from: %w", err)
				}
			}
			left -= len(items)
			if err := do(items, left+len(l.rest) == 0); err != nil {
				return err
			}
		}
		if len(l.rest) == 0 {
			return nil
		}
	}
	return do(l.rest, true)
}

// close removes the file.
func (l *spool[T]) close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	if l.path != "" {
		err = errors.Join(err, os.Remove(l.path))
	}
	l.file = nil
	return err
}
