//go:build !race

// Left out under the race detector as client_cut_test.go is, and for the same
// reason.

package goimap_test

import "testing"

func TestClientCutSeeds(t *testing.T) { runSeeds(t, "cut/client_", 15) }
