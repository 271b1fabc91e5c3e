package corpus

import "bytes"

const (
	minRun    = 64  // bytes from which on a run is folded
	maxPeriod = 8   // bytes of the longest unit that is looked for
	plainMax  = 512 // bytes above which a line with a run is written as an expression
)

// A run is a stretch of unit bytes from start that repeats to end; end-start
// need not be a multiple of unit.
type run struct{ start, end, unit int }

// nextRun finds the next run in d that starts at from or later; ok is false if
// there is none. It looks at samples so close that no run of minRun bytes lies
// between them.
func nextRun(d []byte, from int) (r run, ok bool) {
	const window, stride = 2 * maxPeriod, minRun - 2*maxPeriod
	for k := from; k+window <= len(d); k += stride {
		w := d[k : k+window]
		for p := 1; p <= maxPeriod; p++ {
			if w[0] != w[p] || !bytes.Equal(w[:window-p], w[p:]) {
				continue
			}
			r := run{k, k + window, p}
			for r.start > from && d[r.start-1] == d[r.start-1+p] {
				r.start--
			}
			for r.end < len(d) && d[r.end] == d[r.end-p] {
				r.end++
			}
			// Lines that repeat read best from line start to line end.
			if i := bytes.IndexByte(d[r.start:r.start+p], '\n'); i >= 0 && i < p-1 {
				r.start += i + 1
			}
			if r.end-r.start >= minRun {
				return r, true
			}
		}
	}
	return run{}, false
}
