package fuzz

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// A keptLog is what a stream has kept, in order, for another process to go on from. It
// lies in a file, so that the parent of a campaign does not grow with it, and which no
// other process sees. It belongs to one goroutine; call close when it is not used any
// more.
type keptLog struct {
	dir    string      // where the file is made
	broken func(error) // told, once, of a file that cannot be written: the rest is kept in memory

	file *os.File
	path string // of the file, "" where it has no name any more
	size int64
	n    int // cases in the file
	rest []Kept
}

// chunk is how many cases are read, and sent to a worker, at a time.
const chunk = 64

// add appends a case.
func (l *keptLog) add(e *Kept) {
	if len(l.rest) > 0 {
		l.rest = append(l.rest, *e)
		return
	}
	if err := l.write(e); err != nil {
		l.rest = append(l.rest, *e)
		l.broken(fmt.Errorf("fuzz: %w", err))
		return
	}
	l.n++
}

func (l *keptLog) write(e *Kept) (err error) {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if l.file == nil {
		// A store removes files of that name that nobody uses any more.
		if l.file, err = os.CreateTemp(l.dir, "kept-*.tmp"); err != nil {
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

// each calls do with all cases, chunk at a time; last is set in the last call. There
// is at least one. It ends with do's first error.
func (l *keptLog) each(do func(kept []Kept, last bool) error) error {
	if l.n > 0 {
		lines := bufio.NewReader(io.NewSectionReader(l.file, 0, l.size))
		for left := l.n; left > 0; {
			kept := make([]Kept, min(left, chunk))
			for i := range kept {
				line, err := lines.ReadBytes('\n')
				if err == nil {
					err = json.Unmarshal(line, &kept[i])
				}
				if err != nil {
					return fmt.Errorf("fuzz: read what a stream has kept: %w", err)
				}
			}
			left -= len(kept)
			if err := do(kept, left+len(l.rest) == 0); err != nil {
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
func (l *keptLog) close() error {
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
