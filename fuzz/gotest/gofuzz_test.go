package gotest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
)

func TestWhatGoFuzzLeavesBecomesCases(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	text := "imapfuzz case 1\ntarget: server\n\nC: a1 NOOP\n"
	write("corpus/1", text)
	write("corpus/2", "\x01any bytes are some case")
	var got GoFuzzed
	if err := got.collect(dir, corpus.Server); err != nil || len(got.Cases) != 2 || len(got.Crashers) != 0 {
		t.Fatalf("%v, %+v", err, got)
	}
	write("crashers/3", text)
	write("crashers/3.quoted", "\"...\"")
	write("crashers/3.output", "\npanic: out of mail\n\ngoroutine 1\n")
	got = GoFuzzed{}
	if err := got.collect(dir, corpus.Server); err != nil || len(got.Cases) != 3 || len(got.Crashers) != 1 {
		t.Fatalf("%v, %+v", err, got)
	}
	if c := got.Crashers[0]; c.Says != "panic: out of mail" || filepath.Base(c.File) != "3" {
		t.Errorf("%+v", c)
	}
	if string(corpus.Format(got.Cases[0])) != text {
		t.Errorf("%s", corpus.Format(got.Cases[0]))
	}
}

func TestExecutionsAreTheLastThatAreTold(t *testing.T) {
	const said = "workers: 2, execs: 0 (0/sec), cover: 0\nworkers: 2, execs: 4187 (465/sec), cover: 7920\n"
	if n := executions(said); n != 4187 {
		t.Errorf("got %d", n)
	}
	if n := executions("shutting down..."); n != 0 {
		t.Errorf("got %d", n)
	}
}

func TestAModuleWithoutGoFuzzIsToldWhatItNeeds(t *testing.T) {
	g := GoFuzz{Dir: t.TempDir(), Func: "Fuzz", Time: time.Second}
	_, err := g.Run(t.Context(), copyOfTiny(t))
	if err == nil || !strings.Contains(err.Error(), "go get github.com/dvyukov/go-fuzz/go-fuzz-dep") {
		t.Errorf("%v", err)
	}
}
