package harness_test

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// A server may take an LF without CR for more of the line, and then owes nothing to
// what stands behind it, nor to a line of which no more comes.
func TestAServerForWhichLFEndsNoLineIsSound(t *testing.T) {
	for _, text := range []string{
		"C= \"a1 NOOP\\na2 NOOP\\r\\n\"\nC: a3 LOGIN test test\n",
		"C= \"a1 NOOP\\na2\\na3 LOGIN x\\r\\n\"\nT: 1m\n",
		"C= \"a1 LOGIN\\n{7}\\r\\n\"\nT: 1m\n",
		"C= \"a1 NOOP\\n\"\nT: 1m\n",
		"C= \"a1 NOOP\\n\\r\\n\"\nC: a2 NOOP\n",
	} {
		wantNone(t, play(t, plants.Server("lf-ends-none"), parse(t, "imapfuzz case 1\ntarget: server\n\n"+text)))
	}
}
