package faultnet

import (
	"io"
	"testing"
	"testing/synctest"
	"time"
)

func TestAThrottleHoldsItsRateWhateverTheWritesAre(t *testing.T) {
	ran := 0
	for _, row := range []struct {
		fault string
		bytes int
		want  time.Duration // for all, the first group for free
	}{
		{"throttle 1B/s", 10, 9 * time.Second},
		{"throttle 100B/s", 1000, 9900 * time.Millisecond},
		{"throttle 1KB/s", 100_000, 99_900 * time.Millisecond},
		{"throttle 1MB/s", 3_000_000, 2900 * time.Millisecond},
		{"throttle 3B/s", 7, 2 * time.Second},
		{"drip 10 1s", 95, 9 * time.Second},
		{"drip 1000 1m", 1000, 0},
	} {
		for _, size := range []int{1, 999, 1 << 20} {
			if row.bytes/size > 100_000 {
				continue // a million fake writes show no more than a thousand
			}
			synctest.Test(t, func(t *testing.T) {
				f, err := ParseFault(row.fault)
				if err != nil {
					t.Fatal(err)
				}
				c, s := Pipe(Options{Plan: Plan{Rules: []Rule{{Side: Server, Fault: f}}}})
				go func() {
					p := make([]byte, size)
					for left := row.bytes; left > 0; left -= size {
						s.Write(p[:min(left, size)])
					}
					s.Close()
				}()
				start := time.Now()
				n, err := io.Copy(io.Discard, c)
				took := time.Since(start)
				if n != int64(row.bytes) || err != nil || took < row.want-time.Millisecond || took > row.want+time.Millisecond {
					t.Errorf("%s, writes of %d: %d bytes in %v, %v; want %d in %v", row.fault, size, n, took, err, row.bytes, row.want)
				}
				ran++
			})
		}
	}
	if ran != 7*3-1 {
		t.Errorf("%d ran", ran)
	}
}

func TestAnIdleStreamSavesNothingUpForLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, _ := timeline(t, "server: drip 1 2s", Options{}, "a", "", "", "", "", "bcd")
		if want := "0s:a 5s:b 7s:c 9s:d 9s:EOF"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

func TestAStallInAThrottledStreamKeepsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, _ := timeline(t, "server: drip 1 1s; server @2: stall 10s", Options{}, "abcdef")
		if want := "0s:a 1s:b 11s:c 12s:d 13s:e 14s:f 14s:EOF"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
