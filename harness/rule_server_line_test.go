package harness

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// TestNumbersOutOfRange: a zero too many was taken for a number that is too large
// once.
func TestNumbersOutOfRange(t *testing.T) {
	for line, want := range map[string]string{
		"a1 FETCH 4294967296 FLAGS":                 "too large, sequence-set",
		"a1 UID FETCH 1:18446744073709551617 FLAGS": "too large, sequence-set",
		"a1 FETCH 0 FLAGS":                          "zero, sequence-set",
		"a1 FETCH 01 FLAGS":                         "",
		"a1 FETCH 04294967295 FLAGS":                "",
		"a1 FETCH x FLAGS":                          "",
		"a1 FETCH 1 BODY[]<1.036854775807>":         "",
		"a1 FETCH 1 BODY[]<0.0>":                    "",
		"a1 FETCH 1 BODY[]<0.9223372036854775808>":  "too large, partial",
	} {
		cmd, err := imapwire.ParseCommand([]byte(line+"\r\n"), imapwire.Any)
		if err == nil {
			t.Errorf("%s: the grammar takes it", line)
			continue
		}
		if c := (&Command{Command: cmd, Err: err}); c.badNumber() != want {
			t.Errorf("%s (%v): got %q, want %q", line, err, c.badNumber(), want)
		}
	}
}
