package harness

import "testing"

// On the heap the room would be of no use, and a price.
func TestGrowingTheStackTakesNoMemoryFromTheHeap(t *testing.T) {
	if n := testing.AllocsPerRun(100, GrowStack); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// deep needs the stack of some 4 KiB in small frames, as a parser does.
func deep(n int) int {
	if n == 0 {
		return 1
	}
	return deep(n-1) + n
}

// BenchmarkGrowStack compares goroutines that go deep, with and without.
func BenchmarkGrowStack(b *testing.B) {
	run := func(first func()) func(*testing.B) {
		return func(b *testing.B) {
			done := make(chan int)
			for b.Loop() {
				go func() {
					first()
					done <- deep(150)
				}()
				<-done
			}
		}
	}
	b.Run("doubling", run(func() {}))
	b.Run("at once", run(GrowStack))
}
