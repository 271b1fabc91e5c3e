package main

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// never is the time to find what was not found.
var never = math.Inf(1)

// median returns the middle of times; of an even number, the later one of the two.
func median(times []float64) float64 {
	sorted := slices.Clone(times)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}

// row is what came of one plant: for each engine the seconds of all repetitions.
type row struct {
	plant string
	times [][]float64 // by engine; nil if it did not run
}

// print prints the line of a plant.
func (r *row) print(w io.Writer) {
	fmt.Fprintf(w, "plant %s", r.plant)
	for _, times := range r.times {
		switch {
		case len(times) == 0:
			fmt.Fprint(w, " .")
		case median(times) == never:
			fmt.Fprint(w, " -")
		default:
			fmt.Fprintf(w, " %.1f", median(times))
		}
	}
	fmt.Fprintln(w)
}

// total prints the last line: how many plants ours found in the median, and by how
// much sooner than over raw bytes, with what was missed counted at the limit.
func total(w io.Writer, rows []row, limit float64) {
	found := 0
	var ours, raw float64
	for _, r := range rows {
		if median(r.times[ours0]) != never {
			found++
		}
		ours += min(median(r.times[ours0]), limit)
		if len(r.times[rawTest]) > 0 {
			raw += min(median(r.times[rawTest]), limit)
		}
	}
	speedup := "."
	if raw > 0 {
		speedup = fmt.Sprintf("%.1f", raw/ours)
	}
	fmt.Fprintf(w, "total %d/%d %s\n", found, len(rows), speedup)
}
