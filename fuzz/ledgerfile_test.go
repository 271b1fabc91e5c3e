package fuzz

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// mailDays are cases that are run one after the other on a store that outlives them.
var mailDays = [...]string{
	"C: a1 LOGIN test test\nC= \"a2 APPEND INBOX {12}\\r\\n\"\nS: +\nC= \"a: b\\r\\n\\r\\nhi\\r\\n\\r\\n\"\n",
	"C: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 STORE 4 +FLAGS (\\Deleted)\nC: a4 UID EXPUNGE 4\n",
	"C: a1 LOGIN test test\nC= \"a2 APPEND INBOX {12}\\r\\n\"\nS: +\nC= \"a: c\\r\\n\\r\\nho\\r\\n\\r\\n\"\n",
}

// liveInWorkers runs each day in a worker of its own, as if the one before had died,
// and returns what the last one found.
func liveInWorkers(t *testing.T, target *harness.Server, uids string) (last []harness.Finding) {
	t.Helper()
	for _, day := range mailDays {
		w := &worker{
			targets: map[string]*watched{}, uids: uids, buf: nil,
			specs: []Spec{{Name: "lasting", New: func() harness.Target { return target }}},
		}
		runs, err := w.run(t, &request{Target: "lasting", Case: string(corpus.Format(serverCase(t, day)))})
		if err != nil || runs[0].Err != "" {
			t.Fatal(err, runs)
		}
		w.targets["lasting"].dog.Stop()
		last = runs[0].Findings
	}
	return last
}

func TestAServersStoreThatOutlivesRuns(t *testing.T) {
	uids := filepath.Join(t.TempDir(), ledgerName)
	t.Run("that hands a UID out again in the run of a later worker is found", func(t *testing.T) {
		found := liveInWorkers(t, plants.Lasting("bad mail", "restart-uids-again"), uids)
		if len(found) != 1 || found[0].Bucket() != "data-loss/R-UID-1/over runs" {
			t.Errorf("got %v", found)
		}
	})
	t.Run("that does not is clean, also where a line of the ledger is torn", func(t *testing.T) {
		text, err := os.ReadFile(uids)
		if err != nil || bytes.Count(text, []byte("\n")) < 4 {
			t.Fatalf("%v, %q", err, text)
		}
		if err := os.WriteFile(uids, text[:len(text)-7], 0o666); err != nil {
			t.Fatal(err)
		}
		if found := liveInWorkers(t, plants.Lasting("good mail"), uids); len(found) > 0 {
			t.Errorf("got %v", found)
		}
	})
	t.Run("that has lost what an earlier campaign was told is found, behind the torn line", func(t *testing.T) {
		if found := liveInWorkers(t, plants.Lasting("good mail"), uids); len(found) == 0 {
			t.Error("nothing was found")
		}
	})
	t.Run("that does not outlive a run has no ledger", func(t *testing.T) {
		uids := filepath.Join(t.TempDir(), ledgerName)
		liveInWorkers(t, plants.Server(), uids)
		if _, err := os.Stat(uids); !os.IsNotExist(err) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTheLedgerThatCannotBeOpenedIsSaid(t *testing.T) {
	w := &worker{
		targets: map[string]*watched{}, uids: filepath.Join(t.TempDir(), "no", "such", "directory"),
		specs: []Spec{{Name: "lasting", New: func() harness.Target { return plants.Lasting("mail") }}},
	}
	if _, err := w.run(t, &request{Target: "lasting", Case: string(corpus.Format(serverCase(t, "C: a1 NOOP\n")))}); err == nil {
		t.Error("no error")
	}
}
