package report_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/imapfuzz/imapfuzz/harness/report"
)

// catalogue is the list of the rules that the project set out to judge.
func catalogue(t *testing.T) []report.Listed {
	t.Helper()
	const name = "../testdata/catalogue.txt"
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := report.ReadCatalogue(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestTheRulesPageIsCurrent(t *testing.T) {
	var b bytes.Buffer
	if err := report.RulesPage(&b, catalogue(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "../../docs/RULES.md", b.Bytes())
}

func TestTheCatalogueIsReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		"R-1":             `c:1:1: want an id and its sides, got "R-1"`,
		"R-1 server\nR-2": `c:2:1: want an id and its sides, got "R-2"`,
		"R-1 both":        `c:1:5: want "server" or "client", got "both"`,
	} {
		if _, err := report.ReadCatalogue("c", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: want %s, got %v", text, want, err)
		}
	}
}
