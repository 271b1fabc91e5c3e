package harness_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// days are cases that are run one after the other on the same store: mail comes, goes,
// and other mail comes.
var days = [...]string{
	"C: a1 LOGIN test test\nC= \"a2 APPEND INBOX {12}\\r\\n\"\nS: +\nC= \"a: b\\r\\n\\r\\nhi\\r\\n\\r\\n\"\nS: a2 OK\n",
	"C: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 STORE 4 +FLAGS (\\Deleted)\nC: a4 UID EXPUNGE 4\nS: a4 OK\n",
	"C: a1 LOGIN test test\nC= \"a2 APPEND INBOX {12}\\r\\n\"\nS: +\nC= \"a: c\\r\\n\\r\\nho\\r\\n\\r\\n\"\nS: a2 OK\n",
}

// live runs the days on s, with a ledger that open returns for each, and returns what
// was found on each.
func live(t *testing.T, s *harness.Server, open func() *harness.Ledger) (found [][]harness.Finding) {
	t.Helper()
	sc := new(harness.Scratch)
	for _, day := range days {
		r := harness.Run(t, s, parse(t, head+"\n"+day), harness.Options{Ledger: open(), Scratch: sc})
		if r.Err != nil || len(r.Record.Diverged) > 0 {
			t.Fatalf("%v, %v", r.Err, r.Record.Diverged)
		}
		found = append(found, slices.Clone(r.Findings))
	}
	return found
}

func ledger(t *testing.T, old []byte, to *bytes.Buffer) *harness.Ledger {
	t.Helper()
	var w io.Writer
	if to != nil {
		w = to
	}
	l, err := harness.NewLedger(bytes.NewReader(old), w)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLedgerOverRuns(t *testing.T) {
	const bucket = "data-loss/R-UID-1/over runs"
	t.Run("a UID that is handed out again in a later run is found", func(t *testing.T) {
		l := ledger(t, nil, new(bytes.Buffer))
		found := live(t, plants.Lasting("mail", "restart-uids-again"), func() *harness.Ledger { return l })
		if len(found[0])+len(found[1]) > 0 || len(found[2]) != 1 || found[2][0].Bucket() != bucket {
			t.Fatalf("got %v", found)
		}
		for _, day := range []string{days[0], days[2]} {
			if id := parse(t, head+"\n"+day).ID(); !strings.Contains(found[2][0].Summary, id) {
				t.Errorf("the case %s is not named: %s", id, found[2][0].Summary)
			}
		}
	})
	t.Run("also by a process that has begun since, and has a torn line before it", func(t *testing.T) {
		var file bytes.Buffer
		found := live(t, plants.Lasting("mail", "restart-uids-again"), func() *harness.Ledger {
			old := bytes.Clone(file.Bytes())
			file.WriteString("uid 00ff\n")
			return ledger(t, old, &file)
		})
		if len(found[2]) != 1 || found[2][0].Bucket() != bucket {
			t.Errorf("got %v\n%s", found, file.Bytes())
		}
		for cut := range file.Len() { // wherever the last line was torn
			harness.NewLedger(bytes.NewReader(file.Bytes()[:cut]), nil)
		}
	})
	t.Run("the clean twin raises nothing, and grows", func(t *testing.T) {
		l := ledger(t, nil, new(bytes.Buffer))
		for i, found := range live(t, plants.Lasting("mail"), func() *harness.Ledger { return l }) {
			if len(found) > 0 {
				t.Errorf("day %d: %s", i+1, list(found))
			}
		}
		if l.Len() != 5 { // the three that were there, and two
			t.Errorf("the ledger has %d UIDs", l.Len())
		}
	})
	t.Run("nor do two stores that are named apart", func(t *testing.T) {
		l := ledger(t, nil, new(bytes.Buffer))
		for i := range 2 {
			for _, found := range live(t, plants.Lasting(fmt.Sprint("mail of process ", i)), func() *harness.Ledger { return l }) {
				if len(found) > 0 {
					t.Error(list(found))
				}
			}
		}
	})
	t.Run("two that are not are one store that has lost its UIDs", func(t *testing.T) {
		l := ledger(t, nil, new(bytes.Buffer))
		live(t, plants.Lasting("mail"), func() *harness.Ledger { return l })
		if found := live(t, plants.Lasting("mail"), func() *harness.Ledger { return l }); len(found[0]) != 1 || found[0][0].Bucket() != bucket {
			t.Errorf("got %v", found)
		}
	})
	t.Run("a store that begins empty each run is not held against the run before", func(t *testing.T) {
		l := ledger(t, nil, new(bytes.Buffer))
		c := parse(t, head+"\n"+days[0])
		for range 2 {
			if r := harness.Run(t, plants.Server(), c, harness.Options{Ledger: l}); r.Err != nil || len(r.Findings) > 0 || l.Len() > 0 {
				t.Errorf("%v, %d UIDs, %s", r.Err, l.Len(), list(r.Findings))
			}
		}
	})
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestALedgerThatCannotBeWrittenGoesOn(t *testing.T) {
	l, err := harness.NewLedger(nil, full{})
	if err != nil {
		t.Fatal(err)
	}
	found := live(t, plants.Lasting("mail", "restart-uids-again"), func() *harness.Ledger { return l })
	if l.Err() == nil || len(found[2]) != 1 {
		t.Errorf("%v, %v", l.Err(), found)
	}
}

func TestALedgerForgetsWhatIsBeyondItsBound(t *testing.T) {
	l := ledger(t, harness.LedgerLines(harness.MaxLedger+1000), nil)
	if l.Len() != harness.MaxLedger {
		t.Errorf("%d UIDs", l.Len())
	}
}
