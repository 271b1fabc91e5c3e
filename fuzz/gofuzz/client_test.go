//go:build !race

// Left out under the race detector: imapclient reads a short literal again after
// its end, while its decoder goes on, a data race of its own.

package gofuzz

import "testing"

func TestTheSeedsOfClientsRunOutsidePackageTesting(t *testing.T) {
	if out, err := child(t, "client"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
