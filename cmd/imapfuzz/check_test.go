package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The names in what check prints for programs.
var (
	checkNames = []string{"cannot_judge", "checked", "fail", "not_offered", "pass", "rows", "rules", "warn"}
	rowNames   = []string{"case", "id", "section", "side", "verdict", "why"}
)

func TestCheckFailsWithTheCaseThatShowsIt(t *testing.T) {
	dir := t.TempDir()
	got := imapfuzz(t, dir, "check", "-rule", "R-AT-1", "-rule", "R-END-1", "-dir", "d")
	if got.status != statusFinding {
		t.Fatalf("status %d\n%s%s", got.status, got.out, got.err)
	}
	for _, want := range []string{
		`^go-imap server \S+ \(\d+ cases\), go-imap client \S+ \(\d+ cases\), judged by the usual severities\n`,
		`(?m)^RFC 9051 6\.3\.12 +R-AT-1 +server +fail +APPEND is atomic`,
		`(?m)^ +imapfuzz replay d/check/server-r-at-1\.case$`,
		`(?m)^RFC 9051 3\.4 +R-END-1 +server +pass `,
		`(?m)^2 rows, 2 of rules that are checked: 1 pass, 1 fail, 0 warn, 0 not offered, 0 cannot be judged$`,
	} {
		if !regexp.MustCompile(want).MatchString(got.out) {
			t.Errorf("%s is missing in\n%s", want, got.out)
		}
	}
	again := imapfuzz(t, dir, "replay", "-n", "2", "d/check/server-r-at-1.case")
	if again.status != statusFinding || !strings.Contains(again.out, "R-AT-1") {
		t.Errorf("%+v", again)
	}
}

func TestCheckJSON(t *testing.T) {
	got := imapfuzz(t, t.TempDir(), "check", "-json")
	var c struct {
		Rules, Checked, Pass, Fail, Warn, NotOffered, CannotJudge int
		Rows                                                      []json.RawMessage
	}
	if err := json.Unmarshal([]byte(got.out), &c); err != nil || strings.Count(got.out, "\n") != 1 {
		t.Fatalf("not one object on one line: %v\n%s", err, got.out)
	}
	if n := names(t, []byte(got.out)); !slices.Equal(n, checkNames) {
		t.Errorf("%q", n)
	}
	if got.status != statusFinding || c.Rules != len(c.Rows) || c.Pass == 0 || c.Fail == 0 || c.Checked == 0 {
		t.Errorf("status %d, %+v", got.status, c)
	}
	for _, one := range c.Rows {
		if n := names(t, one); !slices.Equal(n, rowNames) {
			t.Errorf("%q", n)
		}
	}
}

func TestACheckOfWhatIsKnownIsClean(t *testing.T) {
	dir := t.TempDir()
	first := imapfuzz(t, dir, "check", "-side", "server", "-write-baseline", "known.txt")
	if first.status != statusFinding {
		t.Fatalf("%+v", first)
	}
	again := imapfuzz(t, dir, "check", "-side", "server", "-baseline", "known.txt", "-html", "card.html", "-junit", "card.xml", "-markdown", "card.md")
	if again.status != statusClean || !strings.Contains(again.out, "fail (known)") || !regexp.MustCompile(`\d+ fail \(\d+ known\)`).MatchString(again.out) {
		t.Errorf("%+v", again)
	}
	for name, want := range map[string]string{"card.html": "<!DOCTYPE html>", "card.xml": "<?xml", "card.md": "# Report card: go-imap server v2"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !strings.HasPrefix(string(text), want) {
			t.Errorf("%s: %v, %.80q", name, err, text)
		}
		if name == "card.xml" && xml.Unmarshal(text, new(any)) != nil {
			t.Errorf("%s is not XML", name)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "known.txt"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "expired.txt", regexp.MustCompile(`until \S+:`).ReplaceAllString(string(text), "until 2020-01-01:"))
	if got := imapfuzz(t, dir, "check", "-side", "server", "-baseline", "expired.txt"); got.status != statusFinding || strings.Contains(got.out, "known)") {
		t.Errorf("what has expired counts again: %+v", got)
	}
}

func TestTwoChecksSayTheSame(t *testing.T) {
	dir := t.TempDir()
	one, two := imapfuzz(t, dir, "check"), imapfuzz(t, dir, "check")
	first, second := strings.Split(one.out, "\n"), strings.Split(two.out, "\n")
	if len(first) != len(second) {
		t.Fatalf("%d and %d lines", len(first), len(second))
	}
	for i := range first {
		if first[i] != second[i] {
			t.Errorf("%s\n%s", first[i], second[i])
		}
	}
}

func TestACardThatCannotBeWrittenIsAnError(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "file", "")
	for _, args := range [][]string{{"-html", "missing/card.html"}, {"-dir", "file"}} {
		got := imapfuzz(t, dir, append([]string{"check", "-rule", "R-AT-1"}, args...)...)
		if got.status != statusError || !strings.Contains("\n"+got.err, "\nimapfuzz: ") { // behind what tells of progress
			t.Errorf("%v: %+v", args, got)
		}
	}
}

func TestAPackageWhoseServerKnowsNobodyGetsNoCard(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a test binary, which takes seconds")
	}
	got := imapfuzz(t, "../..", "check", "./fuzz", "-fuzz", "^FuzzMyServer$", "-dir", t.TempDir())
	want := `no card: greeting, login and selection were tried first: step 3: want "a1 OK\r\n", got "a1 BAD not yet\r\n"`
	if got.status != statusError || got.out != "" || !strings.Contains(got.err, "fuzz.FuzzMyServer: "+want) {
		t.Errorf("%+v", got)
	}
}
