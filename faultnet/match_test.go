package faultnet

import (
	"strings"
	"testing"
)

// FuzzAfter compares the incremental search with a plain one.
func FuzzAfter(f *testing.F) {
	f.Add("aabaaab", "aab", uint8(2))
	f.Add("abababab", "abab", uint8(2))
	f.Add("aaaa", "aa", uint8(3))
	f.Add("abcabcabd", "abcabd", uint8(1))
	f.Add("aabaabaaa", "aabaaa", uint8(0))
	f.Fuzz(func(t *testing.T, text, pattern string, nth uint8) {
		if pattern == "" {
			return
		}
		want, left := int64(-1), max(int(nth), 1)
		for i := range len(text) {
			if strings.HasPrefix(text[i:], pattern) {
				if left--; left == 0 {
					want = int64(i + len(pattern))
					break
				}
			}
		}
		w := newWatch(Rule{Side: Client, When: When{After: pattern, Nth: int64(nth)}, Fault: Fault{Kind: Cut}}, 0, 0, 0)
		got := int64(-1)
		for i := 0; i < len(text) && got < 0; i++ {
			if w.byteAt(text[i], int64(i)); w.pos != never {
				got = w.pos
			}
		}
		if got != want {
			t.Errorf("match %d of %q in %q ends at %d, want %d", nth, pattern, text, got, want)
		}
	})
}
