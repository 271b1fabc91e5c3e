package fuzz

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file of testdata, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	a, b := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range a {
		if i >= len(b) || !bytes.Equal(a[i], b[i]) {
			t.Fatalf("%s:%d: got %.300q (if it is meant to differ: go test ./fuzz -run %s -update)", file, i+1, a[i], t.Name())
		}
	}
	t.Fatalf("%s: %d lines, want %d", file, len(a), len(b))
}

func TestRandGolden(t *testing.T) {
	var b bytes.Buffer
	for _, key := range [][2]uint64{{0, 0}, {1, 0}, {1, 1}, {1 << 63, 1<<64 - 1}} {
		r := NewRand(key[0], key[1])
		fmt.Fprintf(&b, "seed %d stream %d\n", key[0], key[1])
		for range 64 {
			fmt.Fprintf(&b, "%016x\n", r.Uint64())
		}
		fmt.Fprint(&b, "N(7)")
		for range 64 {
			fmt.Fprint(&b, " ", r.N(7))
		}
		fmt.Fprintln(&b)
	}
	golden(t, "golden_rand.txt", b.Bytes())
}

func TestRand(t *testing.T) {
	t.Run("draws are in range, and reach both ends", func(t *testing.T) {
		r := NewRand(3, 4)
		var seen [5]int
		for range 1000 {
			seen[r.N(5)]++
			if n := r.Between(-2, 2); n < -2 || n > 2 {
				t.Fatalf("Between(-2, 2) is %d", n)
			}
			if r.N(1) != 0 || r.N(0) != 0 {
				t.Fatal("N of 1 or 0 is not 0")
			}
		}
		for i, n := range seen {
			if n < 120 || n > 280 {
				t.Errorf("%d was drawn %d times of 1000", i, n)
			}
		}
	})
	t.Run("weights count, and a weight of 0 is never drawn", func(t *testing.T) {
		r := NewRand(5, 6)
		var seen [3]int
		for range 3000 {
			seen[r.Weighted([]int{2, 0, 1})]++
		}
		if seen[1] != 0 || seen[0] < 1800 || seen[0] > 2200 {
			t.Errorf("got %v", seen)
		}
	})
	t.Run("bytes are drawn first, then what they key", func(t *testing.T) {
		draws := func(head ...byte) (out [10]int) {
			r := new(Rand)
			r.reset(head)
			for i := range out {
				out[i] = r.N(100)
			}
			return out
		}
		a := draws(7, 107, 3)
		if a[0] != 7 || a[1] != 7 || a[2] != 3 {
			t.Errorf("got %v", a)
		}
		if a != draws(7, 107, 3) {
			t.Error("the same bytes give other draws")
		}
		if b := draws(7, 107, 4); [7]int(a[3:]) == [7]int(b[3:]) {
			t.Error("other bytes give the same draws behind them")
		}
	})
	t.Run("large ranges take two bytes", func(t *testing.T) {
		r := new(Rand)
		r.reset([]byte{1, 2, 9})
		if n := r.N(1000); n != 0x102 {
			t.Errorf("got %d", n)
		}
		if n := r.N(10); n != 9 {
			t.Errorf("got %d", n)
		}
	})
}
