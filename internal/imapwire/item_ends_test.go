package imapwire

import (
	"fmt"
	"strings"
	"testing"
)

// walked returns the items of a FETCH response as text, and how the walk ended.
func walked(r Response) string {
	var b strings.Builder
	err := EachFetchItem(r, func(name string, section []byte, origin int64, value []byte) {
		fmt.Fprintf(&b, "%s %q %d %q\n", name, section, origin, value)
	})
	if err != nil {
		b.WriteString(err.Error())
	}
	return b.String()
}

// sameWalk checks that a walk over ends that are known tells what a walk that reads
// everything again does.
func sameWalk(t *testing.T, r Response) {
	t.Helper()
	anew := r
	anew.whole = nil
	if got, want := walked(r), walked(anew); got != want {
		t.Errorf("%q: the walk tells\n%s\nwant\n%s", r.Raw, got, want)
	}
}

func TestAWalkOverKnownEndsTellsWhatOneThatReadsTells(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("UID 1 FLAGS (\\Seen) ENVELOPE (NIL \"a)\\\"\" NIL NIL NIL NIL NIL NIL {3}\r\n)() NIL) ", 5), " ")
	for _, items := range []string{
		"FLAGS (~a $b) UID 3", // "~" opens no literal there
		"UID 1", many,
		"BODY[] {2}\r\n\"( FLAGS () BINARY[1] ~{1}\r\n\x00 PREVIEW NIL",
	} {
		r, err := ParseResponse([]byte("* 1 FETCH ("+items+")\r\n"), Any)
		if err != nil {
			t.Fatalf("%q: %v", items, err)
		}
		if strings.Contains(walked(r), "want") {
			t.Errorf("%q: the walk ends with %s", items, walked(r))
		}
		sameWalk(t, r)
	}
}

func TestAWalkOverAChangedUnitStaysInside(t *testing.T) {
	unit := []byte("* 1 FETCH (UID 12345 FLAGS (\\Seen) RFC822.SIZE 99 PREVIEW \"abc\")\r\n")
	r, err := ParseResponse(unit, Any)
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(unit) {
		short := r
		short.Raw = unit[:cut:cut]
		walked(short)
	}
	copy(unit[11:], "FLAGS () UID 1 UID 1 UID 1 UID 1 UID 1 UID 1 UID 1)")
	walked(r)
}
