package harness

import "testing"

func TestWordsAreFoundInAnyCaseAndNothingElseIs(t *testing.T) {
	for _, c := range []struct {
		in, word string
		want     bool
	}{
		{"a1 APPEND INBOX", "append", true},
		{"a1 aPPeNd", "append", true},
		{"append", "append", true},
		{"aappend", "append", true},
		{"a1 APPEN", "append", false},
		{"a1 APPENd@", "append ", false},
		{"", "append", false},
		{"[@", "{`", false}, // octets that differ by the same bit as letters do
		{"INBOX", "", true},
	} {
		if got := containsFold([]byte(c.in), c.word); got != c.want {
			t.Errorf("%q contains %q: %v", c.in, c.word, got)
		}
	}
}
