package main

import (
	"bytes"
	"os"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
	"github.com/imapfuzz/imapfuzz/internal/yardstick/raw"
)

// The targets of the rows. Nothing that is found ends them: a search that stops
// measures nothing.

// FuzzDecoded is our decoding with our seeds, as a user has it.
func FuzzDecoded(f *testing.F) {
	var known []string
	for _, r := range harness.RulesFor(corpus.Server) {
		known = append(known, r.ID)
	}
	fuzz.ServerWith(f, goimap.Server(), fuzz.Options{Known: known, Skip: skip})
}

// FuzzDecodedAlone is our decoding without seeds.
func FuzzDecodedAlone(f *testing.F) {
	target := goimap.Server()
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, data []byte) { runCase(t, target, fuzz.DecodeFor(target, data)) })
}

// FuzzRaw is bytes as they are, from what our seeds send.
func FuzzRaw(f *testing.F) {
	target := goimap.Server()
	for _, seed := range raw.Seeds(corpus.Server) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) { runCase(t, target, raw.Case(corpus.Server, data)) })
}

// FuzzRawLine is what people write first: bytes as one command line behind a login
// and a SELECT, with a few commands for seeds.
func FuzzRawLine(f *testing.F) {
	target := goimap.Server()
	for _, line := range []string{"NOOP", "CAPABILITY", "FETCH 1 FLAGS", "SEARCH ALL", `LIST "" *`} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &corpus.Case{Target: corpus.Server}
		for _, line := range []string{"a1 LOGIN test test", "a2 SELECT INBOX", "a3 " + string(data)} {
			c.Steps = append(c.Steps, corpus.Step{Op: corpus.Bytes, Conn: 1, Side: faultnet.Client, Data: []byte(line + "\r\n")})
		}
		runCase(t, target, c)
	})
}

func runCase(t *testing.T, target harness.Target, c *corpus.Case) {
	if reason := skip(c); reason != "" {
		t.Skip(reason)
	}
	if r := harness.Run(t, target, c, harness.Options{}); r.Err != nil {
		t.Skip(r.Err)
	}
}

func skip(c *corpus.Case) string {
	wild := 0
	for i := range c.Steps {
		wild += bytes.Count(c.Steps[i].Data, []byte("*")) + bytes.Count(c.Steps[i].Data, []byte("%"))
	}
	if wild > 8 {
		return "many wildcards: go-imap's LIST takes time that is exponential in them"
	}
	return ""
}

// FuzzNothing runs the empty case: what it reaches, the harness reaches itself, with
// its bystander and its check-up.
func FuzzNothing(f *testing.F) {
	target := goimap.Server()
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, _ []byte) { runCase(t, target, &corpus.Case{Target: corpus.Server}) })
}

// TestReplay runs the cases of the store of a campaign.
func TestReplay(t *testing.T) {
	dir := os.Getenv(storeVariable)
	if dir == "" {
		t.Skipf("%s names no store", storeVariable)
	}
	store, err := corpus.Existing(dir)
	if err != nil {
		t.Fatal(err)
	}
	target := goimap.Server()
	cases, errs := store.All()
	for _, err := range errs {
		t.Error(err)
	}
	for _, c := range cases {
		t.Run(c.ID(), func(t *testing.T) { runCase(t, target, c) })
	}
}
