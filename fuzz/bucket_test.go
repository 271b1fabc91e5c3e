package fuzz

import (
	"slices"
	"testing"

	"github.com/imapfuzz/imapfuzz/harness"
)

// What one worker has learned from two seconds of a loop, the others need not
// learn again.
func TestABucketThatEndsProcessesIsKnownToAllWorkers(t *testing.T) {
	r := &running{work: make(chan struct{}, 1), buckets: buckets{all: map[string]*bucket{}, family: map[string]int{}}}
	server, client := Spec{Name: "a server"}, Spec{Name: "a client"}
	text := "imapfuzz case 1\ntarget: server\n\nC: a1 NOOP\n"
	finding := func(where string) *harness.Finding {
		return &harness.Finding{Rule: "no-hang", Kind: harness.Hang, Where: where}
	}
	r.find(server, finding("spins"), text, 1, true)
	r.find(server, finding("loops"), text, 1, true)
	r.find(server, finding("waits"), text, 1, false)
	r.find(client, finding("of another target"), text, 1, true)
	want := []string{"hang/no-hang/loops", "hang/no-hang/spins"}
	if got := r.deadly(server.Name); !slices.Equal(got, want) {
		t.Errorf("deadly are %q, want %q", got, want)
	}
	// A bucket of an earlier run is deadly as soon as it ends a process in this.
	r.find(server, finding("waits"), text, 1, true)
	if got := r.deadly(server.Name); !slices.Contains(got, "hang/no-hang/waits") {
		t.Errorf("deadly are %q, and the one that waits is missing", got)
	}
}
