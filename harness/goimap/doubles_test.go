package goimap_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// A double is a smallest case of a campaign against go-imap that had a bucket of its own
// for a defect that has another already, or for none: want is what is found in it, and no
// more.
type double struct{ name, want, text string }

func TestOneDefectIsOneBucket(t *testing.T) {
	for _, d := range slices.Concat(mailDoubles, lineDoubles, clientDoubles) {
		t.Run(d.name, func(t *testing.T) {
			c, err := corpus.Parse("double.case", []byte(d.text))
			if err != nil {
				t.Fatal(err)
			}
			target := harness.Target(goimap.Server())
			if c.Target == corpus.Client {
				target = goimap.Client()
			}
			var got []string
			r := harness.Run(t, target, c, harness.Options{})
			for _, f := range r.Findings {
				got = append(got, f.Bucket())
			}
			if list := strings.Join(got, ", "); list != d.want {
				t.Errorf("want %s, got %s", d.want, list)
				for _, f := range r.Findings {
					t.Log(f.Summary)
				}
				t.Logf("%s", r.Record.Transcript())
			}
		})
	}
}
