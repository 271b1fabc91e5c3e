package faultnet

import (
	"bytes"
	"io"
	"net"
	"reflect"
	"sync"
	"testing"
)

// ledger is a connection that takes everything and writes down how much at once.
type ledger struct {
	net.Conn
	wrote, read []int
	in          []byte
}

func (l *ledger) Write(p []byte) (int, error) {
	l.wrote = append(l.wrote, len(p))
	return len(p), nil
}

func (l *ledger) Read(b []byte) (int, error) {
	l.read = append(l.read, len(b))
	n := copy(b, l.in)
	l.in = l.in[n:]
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (l *ledger) Close() error { return nil }

// wrapLedger wraps a connection that is in nobody's way.
func wrapLedger(t testing.TB, plan string) (*Wrapped, *ledger) {
	t.Helper()
	p, err := ParsePlan(plan)
	if err != nil {
		t.Fatal(err)
	}
	c, s := net.Pipe()
	t.Cleanup(func() { c.Close(); s.Close() })
	l := &ledger{Conn: c}
	w, err := Wrap(l, Client, Options{Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	return w, l
}

func TestWholeStretchesGoStraightUpToTheNextStrike(t *testing.T) {
	w, l := wrapLedger(t, `client @700000: insert "x"; client @800000: insert "y"; server @100000: flip 0x01; server @300000: drop 5`)
	if n, err := w.Write(eightMiB[:1<<20]); n != 1<<20 || err != nil {
		t.Fatalf("wrote %d, %v", n, err)
	}
	total := 0
	for _, n := range l.wrote {
		total += n
	}
	if total != 1<<20+2 || l.wrote[0] != 700000 || len(l.wrote) > 9 {
		t.Errorf("the connection below got %d bytes in writes of %v", total, l.wrote)
	}
	if n, _ := w.Write(eightMiB[:1<<20]); n != 1<<20 || l.wrote[len(l.wrote)-1] != 1<<20 {
		t.Errorf("after the last strike it got writes of %v", l.wrote)
	}
	l.in = eightMiB[:400000]
	got, err := io.ReadAll(io.LimitReader(w, 399995))
	want := bytes.Clone(eightMiB[:400000])
	want[100000] ^= 1
	want = append(want[:300000], want[300005:]...)
	if !bytes.Equal(got, want) || err != nil {
		t.Errorf("read %d bytes, %v; want %d", len(got), err, len(want))
	}
	if j := w.Journal(); len(j) != 4 || j[0].At != 700000 || j[1].At != 800000 || j[2].At != 100000 || j[3].At != 300000 {
		t.Errorf("the journal is %+v", j)
	}
}

func TestARuleFarAwayCostsNeitherAllocationsNorADetour(t *testing.T) {
	p := make([]byte, 1000)
	for _, plan := range []string{"", "client @900000000000: cut; server @900000000000: half; client @1: flip 0x01"} {
		w, l := wrapLedger(t, plan)
		w.Write(p)
		l.wrote, l.read = make([]int, 0, 1000), make([]int, 0, 1000)
		if n := testing.AllocsPerRun(100, func() {
			l.in = p
			w.Write(p)
			w.Read(p)
		}); n != 0 {
			t.Errorf("%q: %v allocations for a write and a read", plan, n)
		}
		for _, n := range append(l.wrote, l.read...) {
			if n != len(p) {
				t.Fatalf("%q: the connection below was asked for %d bytes", plan, n)
			}
		}
		if len(l.wrote) != 101 || len(l.read) != 101 {
			t.Errorf("%q: %d writes and %d reads", plan, len(l.wrote), len(l.read))
		}
	}
}

func TestWritesAtOnceStayWholeAndStrikeAtTheByte(t *testing.T) {
	const writers, size = 8, 1000
	for _, at := range []int64{0, 1, 999, 1000, 1001, 4500, 8000} {
		w, peer := wrapTCP(t, "")
		w.Arm(Rule{Side: Server, When: When{At: at}, Fault: Fault{Kind: Insert, Data: []byte("!")}})
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() { w.Write(bytes.Repeat([]byte{byte('a' + i)}, size)) })
		}
		wg.Wait()
		w.CloseWrite()
		got, err := io.ReadAll(peer)
		if len(got) != writers*size+1 || err != nil || got[at] != '!' {
			t.Fatalf("@%d: read %d bytes, %v", at, len(got), err)
		}
		rest := append(bytes.Clone(got[:at]), got[at+1:]...)
		for i := 0; i < len(rest); i += size {
			if !bytes.Equal(rest[i:i+size], bytes.Repeat(rest[i:i+1], size)) {
				t.Errorf("@%d: the write at %d was torn", at, i)
			}
		}
	}
}

func TestARuleThatIsArmedDuringAWriteStrikesWhereTheJournalSays(t *testing.T) {
	ran := 0
	for _, kind := range []Kind{Reset, Cut} {
		for range 5 {
			w, peer := wrapTCP(t, "")
			done := make(chan struct{})
			go func() {
				defer close(done)
				w.Write(eightMiB)
			}()
			head := make([]byte, 1)
			io.ReadFull(peer, head) // the write is under way
			if err := w.Arm(Rule{Side: Server, Fault: Fault{Kind: kind}}); err != nil {
				t.Fatal(err)
			}
			rest, _ := io.ReadAll(peer)
			<-done
			j := w.Journal()
			if len(j) != 1 || j[0].At != int64(1+len(rest)) || !bytes.Equal(rest, eightMiB[1:1+len(rest)]) {
				t.Fatalf("%s: %d bytes came, and the journal is %+v", kind, 1+len(rest), j)
			}
			ran++
		}
	}
	if ran != 10 {
		t.Errorf("%d ran", ran)
	}
}

func TestBytesThatWereOnTheirWayWhenARuleWasArmedMeetIt(t *testing.T) {
	w, peer := wrapTCP(t, "")
	got := make(chan []byte)
	go func() {
		b, _ := io.ReadAll(w)
		got <- b
	}()
	peer.Write([]byte("before"))
	for w.in.position() < 6 {
	}
	if err := w.Arm(Rule{Side: Client, When: When{At: 2}, Fault: Fault{Kind: Insert, Data: []byte("--")}}); err != nil {
		t.Fatal(err)
	}
	peer.Write([]byte("after"))
	peer.CloseWrite()
	if b := <-got; string(b) != "beforeaf--ter" {
		t.Errorf("read %q", b)
	}
	want := []int64{8}
	var at []int64
	for _, s := range w.Journal() {
		at = append(at, s.At)
	}
	if !reflect.DeepEqual(at, want) {
		t.Errorf("struck at %v, want %v", at, want)
	}
}

// position returns how many bytes were accepted.
func (f *flow) position() int64 {
	f.l.mu.Lock()
	defer f.l.mu.Unlock()
	return f.sent
}

func BenchmarkWrapFastPath(b *testing.B) {
	for _, row := range []struct{ name, plan string }{{"empty", ""}, {"rules far away", "client @900000000000: cut"}} {
		b.Run(row.name, func(b *testing.B) {
			w, l := wrapLedger(b, row.plan)
			p := make([]byte, 1000)
			b.ReportAllocs()
			for b.Loop() {
				w.Write(p)
				l.wrote = l.wrote[:0]
			}
		})
	}
}
