package fuzz

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/imapfuzz/imapfuzz/harness"
)

// ledgerName is the file in a campaign's directory in which the UIDs lie that servers
// have told whose store outlives a run (harness.Server.Lasting): a line of about 82
// bytes for each, and for each that changed. Lines are only ever appended, those of a
// run in one write, so that several workers and campaigns may write it.
const ledgerName = "uids.log"

// ledgerTail is how much of the end of the file is read: what a ledger remembers.
const ledgerTail = harness.MaxLedger * 128

// openLedger opens the ledger in the file of that name, which it makes if need be. The
// file stays open as long as the process lives. Lines that a process did not finish
// are passed over.
func openLedger(path string) (*harness.Ledger, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("fuzz: %w", err)
	}
	l, err := readLedger(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("fuzz: %s: %w", path, err), file.Close())
	}
	return l, nil
}

func readLedger(file *os.File) (*harness.Ledger, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if n := info.Size(); n > 0 {
		last := make([]byte, 1)
		if _, err := file.ReadAt(last, n-1); err != nil {
			return nil, err
		}
		if last[0] != '\n' { // torn: what follows gets a line of its own
			if _, err := file.Write([]byte("\n")); err != nil {
				return nil, err
			}
		}
	}
	from := max(0, info.Size()-ledgerTail)
	return harness.NewLedger(io.NewSectionReader(file, from, info.Size()-from), file)
}

// ledgerFor returns the ledger for runs of target, nil if its store does not outlive
// them. Without a file, it lasts as long as the worker.
func (w *worker) ledgerFor(target harness.Target) (*harness.Ledger, error) {
	s, ok := target.(*harness.Server)
	if !ok || s.Lasting == nil {
		return nil, nil
	}
	if w.ledger != nil {
		return w.ledger, nil
	}
	var err error
	if w.uids == "" {
		w.ledger, err = harness.NewLedger(nil, nil)
	} else {
		w.ledger, err = openLedger(w.uids)
	}
	return w.ledger, err
}
