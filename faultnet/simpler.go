package faultnet

import (
	"reflect"
	"slices"
	"time"
)

// simplerRules returns rules of the same side that are simpler than r, the boldest
// first. Not all of them pass Check.
func simplerRules(r Rule) []Rule {
	out := []Rule{{Side: r.Side, When: r.When, Fault: r.Fault}} // once, and without an end
	add := func(change func(x *Rule)) {
		x := r
		change(&x)
		out = append(out, x)
	}
	for _, f := range simplerFaults(r.Fault) {
		add(func(x *Rule) { x.Fault = f })
	}
	for _, w := range simplerWhens(r.When) {
		add(func(x *Rule) { x.When = w })
	}
	for _, w := range simplerWhens(r.Until) {
		add(func(x *Rule) { x.Until = w })
	}
	for _, p := range lessOf(r.Repeat) {
		if p.Times != 0 || r.Repeat.Times == 0 { // no number is without end
			add(func(x *Rule) { x.Repeat = p })
		}
	}
	return out
}

// plainFaults are the faults that every other is tried as, the simplest first.
// What lasts takes its duration from the fault that it stands for.
var plainFaults = [...]Fault{{Kind: Cut}, {Kind: Half}, {Kind: Reset}, {Kind: Hole}, {Kind: Stall, D: time.Minute}}

// simplerFaults returns faults that are simpler than f, the boldest first: of a
// simpler kind, then with less of what f has. Not all of them pass Check.
func simplerFaults(f Fault) []Fault {
	var out []Fault
	for _, g := range plainFaults {
		if g.Kind == f.Kind {
			break
		}
		if g.D != 0 && f.D != 0 {
			g.D = f.D
		}
		out = append(out, g)
	}
	// No duration is for ever, which is not less.
	return append(out, slices.DeleteFunc(lessOf(f), func(g Fault) bool { return g.D == 0 && f.D != 0 })...)
}

// simplerWhens returns points that are simpler than w, the boldest first: the
// base, as many bytes after the base, then with less of what w has. Not all of
// them pass Check.
func simplerWhens(w When) []When {
	return append([]When{{}, {At: w.At}}, lessOf(w)...)
}

// lessOf returns copies of the struct v in which one field is less: off, or, if
// it is a number, a duration or bytes, smaller. It goes by the types of the
// fields, so that it knows fields that are still to be invented.
func lessOf[T any](v T) []T {
	var out []T
	of := reflect.ValueOf(v)
	for _, f := range reflect.VisibleFields(of.Type()) {
		if !f.IsExported() || f.Anonymous || of.FieldByIndex(f.Index).IsZero() {
			continue
		}
		for _, less := range lesser(of.FieldByIndex(f.Index)) {
			c := v
			reflect.ValueOf(&c).Elem().FieldByIndex(f.Index).Set(less)
			out = append(out, c)
		}
	}
	return out
}

// lesser returns values of the type of v that are less than v, which is not
// zero; zero is the first.
func lesser(v reflect.Value) []reflect.Value {
	out := []reflect.Value{reflect.Zero(v.Type())}
	add := func(x any) { out = append(out, reflect.ValueOf(x).Convert(v.Type())) }
	switch x := v.Interface().(type) {
	case Kind, string, float64: // names and odds: nothing lies between them
	case time.Duration:
		for _, d := range shorterThan(x) {
			add(d)
		}
	case []byte:
		for _, n := range smaller(int64(len(x)))[1:] {
			add(x[:n])
			add(x[int64(len(x))-n:])
		}
	case uint64: // a seed: none is simpler but the first
		add(uint64(1))
	default:
		switch {
		case v.CanInt():
			for _, n := range smaller(v.Int()) {
				add(n)
			}
		case v.CanUint():
			for _, n := range smaller(int64(v.Uint())) {
				add(n)
			}
		}
	}
	return out
}

// smaller returns numbers from 0 to n-1, in steps that halve: whoever takes the
// first one that will do, and asks again, finds the least.
func smaller(n int64) []int64 {
	var out []int64
	for step := n; step > 0; step /= 2 {
		out = append(out, n-step)
	}
	return out
}

// shorterThan returns durations below d that are a whole number, below a
// thousand, of one unit: they read well.
func shorterThan(d time.Duration) []time.Duration {
	var out []time.Duration
	for _, unit := range [...]time.Duration{time.Hour, time.Minute, time.Second, time.Millisecond, time.Microsecond} {
		n := int64(d / unit)
		if n == 0 {
			continue
		}
		out = append(out, unit) // the boldest of this unit
		if n >= 1000 && unit != time.Hour {
			continue
		}
		for _, k := range smaller(n)[1:] {
			out = append(out, time.Duration(k)*unit)
		}
		if time.Duration(n)*unit != d {
			out = append(out, time.Duration(n)*unit)
		}
	}
	return out
}
