package fuzz

import (
	"bytes"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

func TestDecode(t *testing.T) {
	t.Run("no data at all is a small valid session", func(t *testing.T) {
		for _, target := range targets {
			c := Decode(target, nil, nil)
			checkCase(t, c, target.String())
			if c.Target != target || len(c.Steps) < 2 {
				t.Errorf("%s: got\n%s", target, corpus.Format(c))
			}
		}
	})
	t.Run("a case file is its own encoding", func(t *testing.T) {
		n := 0
		for _, s := range corpus.Seeds() {
			n++
			if c := Decode(s.Case.Target, corpus.Format(s.Case), nil); !c.Equal(s.Case) {
				t.Errorf("%s: got\n%s", s.Name, corpus.Format(c))
			}
		}
		if n == 0 {
			t.Fatal("no seed was read")
		}
	})
	t.Run("a broken case file is still a case", func(t *testing.T) {
		text := []byte("imapfuzz case 1\ntarget: nobody\nX: what\nC: a1 NOOP\n! client: explode\nT: soon\n")
		checkCase(t, Decode(corpus.Server, text, nil), "broken text")
	})
	t.Run("a case file of another version is compact data", func(t *testing.T) {
		checkCase(t, Decode(corpus.Server, []byte("imapfuzz case 77\ntarget: server\n\nC: a1 NOOP\n"), nil), "version 77")
	})
	t.Run("a case file for the other target becomes one for this", func(t *testing.T) {
		text := []byte("imapfuzz case 1\ntarget: client\npeer: honest\n\nD: noop\n")
		c := Decode(corpus.Server, text, nil)
		checkCase(t, c, "other target")
		if c.Target != corpus.Server || c.Honest {
			t.Errorf("got\n%s", corpus.Format(c))
		}
	})
	t.Run("a text cannot explode", func(t *testing.T) {
		text := []byte("imapfuzz case 1\ntarget: server\n\nT: 1000000h\nC60= \"x\"*50000000\n")
		c := Decode(corpus.Server, text, nil)
		size := 0
		for _, s := range c.Steps {
			size += len(s.Data)
			if s.D > maxTime || s.Conn > maxConns {
				t.Errorf("got a step of %v on connection %d", s.D, s.Conn)
			}
		}
		if size > maxRare {
			t.Errorf("got %d bytes", size)
		}
	})
}

func TestDecodeCompact(t *testing.T) {
	record := func(b ...byte) []byte { return append(b, make([]byte, recordSize-len(b))...) }
	t.Run("a command comes with what must be before it", func(t *testing.T) {
		data := append([]byte{0}, record(0, 0, 1)...)
		c := Decode(corpus.Server, data, nil)
		want := "C: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 "
		if text := corpus.Format(c); !bytes.Contains(text, []byte(want)) {
			t.Errorf("got\n%s", text)
		}
	})
	t.Run("the bare flag does nothing that no record says", func(t *testing.T) {
		data := append([]byte{bareFlag}, record(opRaw, 0, rawData, 0, 4)...)
		data = append(data, "\x00a\r\n"...)
		c := Decode(corpus.Server, data, nil)
		if len(c.Steps) != 1 || string(c.Steps[0].Data) != "\x00a\r\n" {
			t.Errorf("got\n%s", corpus.Format(c))
		}
	})
	t.Run("time is exact to the millisecond", func(t *testing.T) {
		data := append([]byte{bareFlag}, record(opTime, 0, 1, 0, 0, 0, 0x12, 0x34)...)
		c := Decode(corpus.Server, data, nil)
		if len(c.Steps) != 1 || c.Steps[0].D != 0x1234*time.Millisecond {
			t.Errorf("got\n%s", corpus.Format(c))
		}
	})
	t.Run("a rule that is none is data", func(t *testing.T) {
		data := append([]byte{bareFlag}, record(opRaw, 0, rawStrike, 0, 3)...)
		c := Decode(corpus.Server, append(data, "cut"...), nil)
		if len(c.Steps) != 1 || c.Steps[0].Op != corpus.Bytes {
			t.Errorf("got\n%s", corpus.Format(c))
		}
	})
	t.Run("records behind the bound are not read", func(t *testing.T) {
		for _, target := range targets {
			data := bytes.Repeat([]byte{5, 1, 2, 3, 4, 5, 6, 7}, 100000)
			c := Decode(target, data, nil)
			checkCase(t, c, "many records")
			if len(c.Steps) > maxDecoded+64 {
				t.Errorf("%s: got %d steps", target, len(c.Steps))
			}
		}
	})
	t.Run("every kind of record is reached", func(t *testing.T) {
		for op := range byte(opCount) {
			for _, target := range targets {
				data := append([]byte{0}, record(0, 0, 1, 9, 9)...)
				before := Decode(target, data, nil)
				data = append(data, record(op, 0, 2, 0, 4, 1, 1)...)
				c := Decode(target, append(data, "abcd"...), nil)
				checkCase(t, c, target.String())
				if c.Equal(before) {
					t.Errorf("%s: record %d does nothing", target, op)
				}
			}
		}
	})
}

func TestEncode(t *testing.T) {
	t.Run("generated and mutated cases come back", func(t *testing.T) {
		compacted, exact := 0, 0
		for _, target := range targets {
			v := DefaultVocabulary(target)
			for k := range uint64(500) {
				r := NewRand(11, k)
				c, _ := Mutate(r, Generate(r, target, v), nil, v)
				data, ok := Encode(c)
				if !ok {
					continue
				}
				exact++
				if !bytes.HasPrefix(data, []byte(textStart)) {
					compacted++
				}
				if d := Decode(target, data, v); !d.Equal(c) {
					t.Fatalf("got\n%s\nwant\n%s", corpus.Format(d), corpus.Format(c))
				}
			}
		}
		if exact < 990 || compacted < 800 {
			t.Errorf("of 1000 cases %d came back, %d of compact data", exact, compacted)
		}
	})
	t.Run("a case with notes is written as text", func(t *testing.T) {
		c := Decode(corpus.Server, nil, nil)
		c.Note = []string{"A note."}
		data, ok := Encode(c)
		if !ok || !bytes.Equal(data, corpus.Format(c)) {
			t.Errorf("ok %v, got %q", ok, data)
		}
	})
	t.Run("a case beyond the bounds says so", func(t *testing.T) {
		c := Decode(corpus.Server, nil, nil)
		c.Steps[0].Conn = maxConns + 1
		if _, ok := Encode(c); ok {
			t.Error("ok for connection 6")
		}
	})
}

// FuzzDecode: any bytes are a valid case, the same each time, which its own text and
// its encoding bring back.
func FuzzDecode(f *testing.F) {
	f.Add(false, []byte(nil))
	f.Add(true, []byte(nil))
	f.Add(false, []byte("imapfuzz case 1\ntarget: server\n\nC: a1 NOOP\n"))
	for k := range uint64(20) {
		for i, target := range targets {
			data, _ := Encode(Generate(NewRand(12, k), target, nil))
			f.Add(i == 1, data)
		}
	}
	f.Fuzz(func(t *testing.T, client bool, data []byte) {
		target := corpus.Server
		if client {
			target = corpus.Client
		}
		c := Decode(target, data, nil)
		if c.Target != target {
			t.Fatalf("a case for the %s", c.Target)
		}
		checkCase(t, c, "decoded")
		if d := Decode(target, data, nil); !c.Equal(d) {
			t.Fatalf("two results:\n%s\n%s", corpus.Format(c), corpus.Format(d))
		}
		if again, ok := Encode(c); ok {
			if d := Decode(target, again, nil); !c.Equal(d) {
				t.Fatalf("the encoding gives\n%s\nfor\n%s", corpus.Format(d), corpus.Format(c))
			}
		}
	})
}
