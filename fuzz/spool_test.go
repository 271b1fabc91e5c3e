package fuzz

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// keptBytes is what a case that is kept may take of the memory of a campaign's parent,
// with four new features: of the case itself only its place on the disk is known.
const keptBytes = 600

// typical returns a case that is kept, of the size that they have; each is another.
func typical(i int) Kept {
	c := serverText(i)
	e := Kept{K: uint64(i + 1), Case: c, Made: "step-insert", Said: []byte(strings.Repeat("* OK said\r\n", 180)), Edges: make([]byte, 1800)}
	for f := range 4 {
		e.Features = append(e.Features, mark("feature", uint64(4*i+f)))
	}
	return e
}

// serverText returns the text of a case of ten steps.
func serverText(i int) string {
	return "imapfuzz case 1\ntarget: server\n\n" + strings.Repeat(fmt.Sprintf("C: a%d UID FETCH 1:* (UID FLAGS RFC822.SIZE BODY.PEEK[HEADER])\n", i), 10)
}

func TestTheParentOfACampaignDoesNotGrowWithTheSizeOfWhatIsKept(t *testing.T) {
	const n = 2000
	c := Campaign{Dir: t.TempDir(), Targets: plantedSpecs()[:1], Workers: 1, OnProblem: func(line string) { t.Error(line) }}
	r, err := c.prepare()
	if err != nil {
		t.Fatal(err)
	}
	w := r.newSearcher(0, nil)
	before := liveBytes()
	for i := range n {
		e := typical(i)
		w.take(w.streams[0], &answer{Kept: &e})
	}
	r.keeper.close()
	grown := liveBytes() - before
	runtime.KeepAlive(w)
	w.close()
	t.Logf("%d bytes a case", grown/n)
	if grown > keptBytes*n {
		t.Errorf("%d bytes a case, want at most %d", grown/n, keptBytes)
	}
}

func TestTheParentOfACampaignDoesNotGrowWithTheCasesOfEarlierRuns(t *testing.T) {
	const n = 2000
	c := Campaign{Dir: t.TempDir(), Targets: plantedSpecs()[:1], Workers: 1, OnProblem: func(line string) { t.Error(line) }}
	r, err := c.prepare()
	if err != nil {
		t.Fatal(err)
	}
	defer r.keeper.close()
	name := c.Targets[0].Name
	old := func() map[string][]string {
		all := map[string][]string{}
		for i := range n {
			all[name] = append(all[name], serverText(i))
		}
		return all
	}
	before := liveBytes()
	w := r.newSearcher(0, old())
	defer w.close()
	grown := liveBytes() - before
	t.Logf("%d bytes a case", grown/n)
	if grown > keptBytes*n/4 {
		t.Errorf("%d bytes a case, want at most %d", grown/n, keptBytes/4)
	}
	in, err := w.streams[0].inputs()
	if seeds := len(w.streams[0].seeds); err != nil || len(in) != seeds+n || in[seeds] != serverText(0) || in[len(in)-1] != serverText(n-1) {
		t.Errorf("%d cases behind %d seeds: %v", len(in), seeds, err)
	}
}

func TestWhatIsWrittenDownOfAFindingIsNotKeptInMemory(t *testing.T) {
	c := campaignIn(t.TempDir())
	r, err := c.prepare()
	if err != nil {
		t.Fatal(err)
	}
	defer r.keeper.close()
	b := &bucket{original: serverText(1), smallest: serverText(1), done: true, ev: evidence{transcript: serverText(1), log: []string{"a line"}}}
	b.Bucket = "state/R-X-1/where"
	r.save(b)
	if b.ev.transcript != "" || b.ev.log != nil || !b.saved || r.disk != nil {
		t.Errorf("saved %v with %v, and %d bytes are kept", b.saved, r.disk, len(b.ev.transcript))
	}
	files, err := filepath.Glob(filepath.Join(c.Dir, "findings", "*", "*"))
	if err != nil || len(files) < 3 {
		t.Errorf("%v %v", files, err)
	}
}

// liveBytes returns what lives on the heap.
func liveBytes() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// collect returns what l has, and how many pieces it came in.
func collect(t *testing.T, l *spool[Kept]) (all []Kept, pieces int) {
	t.Helper()
	done := false
	err := l.each(func(kept []Kept, last bool) error {
		if done {
			t.Error("a piece after the last")
		}
		all, pieces, done = append(all, kept...), pieces+1, last
		return nil
	})
	if err != nil || !done {
		t.Fatal(err, done)
	}
	return all, pieces
}

func TestSpool(t *testing.T) {
	newLog := func(t *testing.T, dir string) *spool[Kept] {
		l := &spool[Kept]{dir: dir, broken: func(err error) { t.Error(err) }}
		t.Cleanup(func() { l.close() })
		return l
	}
	t.Run("what was added comes back, in order, in pieces, more than once", func(t *testing.T) {
		for _, tt := range []struct{ n, pieces int }{{0, 1}, {1, 1}, {chunk, 1}, {chunk + 1, 2}, {3 * chunk, 3}} {
			l := newLog(t, t.TempDir())
			var want []Kept
			for i := range tt.n {
				want = append(want, typical(i))
				l.add(want[i])
			}
			for range 2 {
				got, pieces := collect(t, l)
				if !reflect.DeepEqual(got, want) || pieces != tt.pieces {
					t.Errorf("%d cases: %d come in %d pieces, want %d", tt.n, len(got), pieces, tt.pieces)
				}
			}
		}
	})
	t.Run("where nothing can be written it is kept in memory, and told once", func(t *testing.T) {
		told := 0
		l := &spool[Kept]{dir: filepath.Join(t.TempDir(), "missing"), broken: func(error) { told++ }}
		for i := range 3 {
			e := typical(i)
			l.add(e)
		}
		if all, _ := collect(t, l); len(all) != 3 || all[2].K != 3 || told != 1 {
			t.Errorf("%d cases, told %d times", len(all), told)
		}
	})
	t.Run("a disk that is full later loses nothing", func(t *testing.T) {
		l := newLog(t, t.TempDir())
		told := 0
		l.broken = func(error) { told++ }
		for i := range 2 * chunk {
			if i == chunk {
				full := l.file
				defer full.Close()
				l.file = readOnly(t, full)
			}
			e := typical(i)
			l.add(e)
		}
		if all, _ := collect(t, l); len(all) != 2*chunk || all[2*chunk-1].K != 2*chunk || told != 1 {
			t.Errorf("%d cases, told %d times", len(all), told)
		}
	})
	t.Run("the reader's error ends it", func(t *testing.T) {
		l := newLog(t, t.TempDir())
		for i := range 2 * chunk {
			e := typical(i)
			l.add(e)
		}
		want, n := errors.New("no more"), 0
		if err := l.each(func([]Kept, bool) error { n++; return want }); err != want || n != 1 {
			t.Errorf("%v after %d", err, n)
		}
	})
	t.Run("no file is left", func(t *testing.T) {
		dir := t.TempDir()
		l := newLog(t, dir)
		e := typical(1)
		l.add(e)
		if err := l.close(); err != nil {
			t.Fatal(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("%v %v", left, err)
		}
	})
}

// readOnly returns a file with what f has, to which nothing can be written.
func readOnly(t *testing.T, f *os.File) *os.File {
	t.Helper()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	text := make([]byte, info.Size())
	if _, err := f.ReadAt(text, 0); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "full")
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
