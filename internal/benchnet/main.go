// Command benchnet compares faultnet with what it would replace, in one run, and
// ends with one line a figure:
//
//	ratio NAME VALUE LIMIT
//
// It is a module of its own, so that what it compares with is in nobody's go.mod.
// Every figure is one of CPU time, or of time on one thread, taken in turns, so
// that a noisy neighbour disturbs both sides alike; what is printed is the median
// of the turns' ratios.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
)

func main() {
	child := flag.String("child", "", "be a `KIND` of child: what the parent measures")
	turns := flag.Int("turns", 15, "how many turns each comparison takes")
	flag.Parse()
	if *child != "" {
		exit(beChild(*child, flag.Arg(0)))
		return
	}
	fmt.Printf("%d turns each; lower is better but for toxiproxy_cpu_vs_proxy\n", *turns)
	var figures []figure
	for _, measure := range []func(turns int) ([]figure, error){measureProxies, measureWrap, measurePipes, measureAllocs} {
		f, err := measure(*turns)
		exit(err)
		figures = append(figures, f...)
	}
	for _, f := range figures {
		fmt.Printf("ratio %s %.2f %s\n", f.name, f.value, f.limit)
	}
}

// A figure is one line of the result. Its limit is "<=" or ">=" and a number.
type figure struct {
	name  string
	value float64
	limit string
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "benchnet:", err)
		os.Exit(2)
	}
}

// median returns the median of v, and its quartiles.
func median(v []float64) (mid, low, high float64) {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2], v[len(v)/4], v[len(v)*3/4]
}

// compare prints how the turns of a and b relate, and returns the median of a/b.
func compare(what string, a, b []float64) float64 {
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = a[i] / b[i]
	}
	mid, low, high := median(ratios)
	x, _, _ := median(a)
	y, _, _ := median(b)
	fmt.Printf("%-46s %.2f (quartiles %.2f to %.2f; medians %.4g and %.4g)\n", what, mid, low, high, x, y)
	return mid
}
