package faultnet

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// secure shakes hands over l, behind prefix, which each side sends first, lets the
// server write a few words, one a record, and returns what the client read of
// them, and why it stopped.
func secure(t *testing.T, l *Link, prefix string) (string, error) {
	t.Helper()
	config := &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
	go func() {
		s := l.Server()
		s.Write([]byte(prefix))
		io.ReadFull(s, make([]byte, len(prefix)))
		tc := tls.Server(s, config)
		for _, word := range []string{"one ", "two ", "three "} {
			if _, err := tc.Write([]byte(word)); err != nil {
				break
			}
		}
		tc.Close()
	}()
	c := l.Client()
	c.Write([]byte(prefix))
	io.ReadFull(c, make([]byte, len(prefix)))
	c.SetDeadline(time.Now().Add(time.Minute))
	defer c.Close()
	got, err := io.ReadAll(tls.Client(c, &tls.Config{InsecureSkipVerify: true}))
	return string(got), err
}

func TestARecordOfTLSIsAPoint(t *testing.T) {
	ran := 0
	for _, prefix := range []string{"", "a1 OK begin\r\n"} {
		for _, rule := range []string{"record 1: cut", "record 8: cut"} {
			synctest.Test(t, func(t *testing.T) {
				var taken bytes.Buffer
				p, err := ParsePlan("server " + rule)
				if err != nil {
					t.Fatal(err)
				}
				l := NewLink(Options{Plan: p, Tap: func(e Event) {
					if e.Op == Sent && e.Side == Server {
						taken.Write(e.Data)
					}
				}})
				secure(t, l, prefix)
				synctest.Wait()
				starts := recordStarts(taken.Bytes()[len(prefix):])
				n := int(p.Rules[0].When.Record)
				if len(starts) < n {
					t.Fatalf("only %d records", len(starts))
				}
				if j := l.Journal(); len(j) != 1 || j[0].At != int64(len(prefix)+starts[n-1]) {
					t.Errorf("%s behind %q: struck %v, want %d+%d", rule, prefix, j, len(prefix), starts[n-1])
				}
				ran++
			})
		}
	}
	if ran != 4 {
		t.Errorf("%d ran", ran)
	}
}

// recordStarts finds the records of b by their lengths, and where the next begins.
func recordStarts(b []byte) []int {
	starts := []int{0}
	for at := 0; at+5 <= len(b); {
		at += 5 + int(b[at+3])<<8 + int(b[at+4])
		starts = append(starts, at)
	}
	return starts
}

// TestACutOnTheBoundaryOfARecordLooksLikeAnEnd: inside of one it does not. Both
// are what crypto/tls makes of it; a client that takes the first for the end of
// the mail has lost the rest.
func TestACutOnTheBoundaryOfARecordLooksLikeAnEnd(t *testing.T) {
	kinds := map[error]int{}
	for _, rule := range []string{"server record 7: cut", "server record 7 @1: cut", "server record 7 @6: cut", "server record 7: reset"} {
		synctest.Test(t, func(t *testing.T) {
			p, err := ParsePlan(rule)
			if err != nil {
				t.Fatal(err)
			}
			got, err := secure(t, NewLink(Options{Plan: p}), "")
			switch {
			case err == nil || errors.Is(err, io.EOF):
				kinds[io.EOF]++
			case errors.Is(err, io.ErrUnexpectedEOF):
				kinds[io.ErrUnexpectedEOF]++
			case short(err) == "connection reset by peer":
				kinds[net.ErrClosed]++
			default:
				t.Errorf("%s: %q, %v", rule, got, err)
			}
		})
	}
	if kinds[io.EOF] != 1 || kinds[io.ErrUnexpectedEOF] != 2 || kinds[net.ErrClosed] != 1 {
		t.Errorf("%v", kinds)
	}
}

func TestTextIsNotLookedForInTLS(t *testing.T) {
	ran := 0
	for _, prefix := range []string{"", "a1 OK begin\r\n"} {
		synctest.Test(t, func(t *testing.T) {
			p, err := ParsePlan("server line 3 every 1: flip 0x01; server after \"\\x03\" 3: cut; server brace 1: cut; server end 2: cut")
			if err != nil {
				t.Fatal(err)
			}
			l := NewLink(Options{Plan: p, NewMarker: newWords})
			got, err := secure(t, l, prefix)
			if got != "one two three " || err != nil || len(l.Journal()) != 0 || len(l.Unfired()) != 4 {
				t.Errorf("behind %q: %q, %v, %v", prefix, got, err, l.Journal())
			}
			r, err := ParseRule(`server after "x": cut`)
			if err != nil {
				t.Fatal(err)
			}
			l.Arm(r)
			ran++
		})
	}
	if ran != 2 {
		t.Errorf("%d ran", ran)
	}
	// What only looks like it is text.
	got := struckAt(t, "server line 2 every 1: flip 0x01", Options{}, "\x16a\n\x03\nb\x17\x03\n\x16", 2)
	if want := []int64{3, 5, 9}; !slices.Equal(got, want) {
		t.Errorf("struck at %v, want %v", got, want)
	}
}

// FuzzRecords compares the incremental search with a plain one, over any bytes in
// any pieces.
func FuzzRecords(f *testing.F) {
	f.Add([]byte("\x16\x03\x01\x00\x02ab\x17\x03\x03\x00\x00\x16\x03\x03\x00\x01c"))
	f.Add([]byte("a1 STARTTLS\r\n\x16\x03\x01\x00\x02ab\x17\x03\x03\x00\x00"))
	f.Add([]byte("\n\n\x16\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var want []int64
		begin := -1
		for i, c := range b {
			if c == handshake && (i == 0 || b[i-1] == '\n') {
				begin = i
				break
			}
		}
		if begin >= 0 {
			for _, s := range recordStarts(b[begin:]) {
				if begin+s <= len(b) {
					want = append(want, int64(begin+s))
				}
			}
		}
		var got []int64
		r := newRecords()
		for i, c := range b {
			if at, ok := r.byteAt(c, int64(i)); ok {
				got = append(got, at)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", b, got, want)
		}
	})
}
