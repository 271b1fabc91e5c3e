package faultnet

import (
	"io"
	"testing"
)

// session is ten round trips of a small line each.
func session(b *testing.B, o Options) {
	l := NewLink(o)
	c, s := l.Client(), l.Server()
	go func() {
		buf := make([]byte, 256)
		for {
			n, err := s.Read(buf)
			if err != nil {
				s.Close()
				return
			}
			if _, err := s.Write(buf[:n]); err != nil {
				b.Error(err)
			}
		}
	}()
	var buf [256]byte
	for range 10 {
		if _, err := c.Write([]byte("a1 NOOP\r\n")); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(c, buf[:9]); err != nil {
			b.Fatal(err)
		}
	}
	c.Close()
}

func BenchmarkSession(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		session(b, Options{})
	}
}

func BenchmarkSessionWithMarksAndAPattern(b *testing.B) {
	p, err := ParsePlan(`server brace 9: cut; client after "nowhere": cut`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		session(b, Options{Plan: p, NewMarker: newWords})
	}
}

func BenchmarkNewLink(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		NewLink(Options{})
	}
}

func BenchmarkWriteAndRead(b *testing.B) {
	c, s := Pipe(Options{})
	p := make([]byte, 32<<10)
	b.SetBytes(int64(len(p)))
	b.ReportAllocs()
	for b.Loop() {
		c.Write(p)
		s.Read(p)
	}
}

func TestReadAndWriteDoNotAllocate(t *testing.T) {
	c, s := Pipe(Options{})
	p := make([]byte, 1000)
	if n := testing.AllocsPerRun(100, func() { c.Write(p); s.Read(p) }); n != 0 {
		t.Errorf("%v allocations for a write and a read", n)
	}
	if n := testing.AllocsPerRun(100, func() { NewLink(Options{}) }); n > 2 {
		t.Errorf("%v allocations for a link", n)
	}
}
