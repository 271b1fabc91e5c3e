package corpus

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestFindings(t *testing.T) {
	t.Run("a folder is made once, and files come back", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		for range 2 {
			f, err := s.Finding("crash-R-AT-1-readCommand")
			if err != nil {
				t.Fatal(err)
			}
			if err := f.WriteFile("case.case", []byte("text")); err != nil {
				t.Fatal(err)
			}
			if got, err := f.ReadFile("case.case"); err != nil || string(got) != "text" {
				t.Errorf("got %q, %v", got, err)
			}
			if _, err := f.ReadFile("other"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("got %v", err)
			}
		}
		if got := names(t, dir); !slices.Equal(got, []string{"findings/crash-R-AT-1-readCommand/case.case"}) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("all folders are listed, and those without finding.json are half written", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		for _, slug := range []string{"b", "a", "c"} {
			f, err := s.Finding(slug)
			if err != nil {
				t.Fatal(err)
			}
			if slug != "c" {
				err = f.WriteFile("transcript.txt", []byte("C: x\n"))
			}
			if err == nil && slug == "b" {
				err = f.WriteFile(FindingFile, []byte("{}"))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "findings", "index.html"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		all, err := mustOpen(t, dir).Findings()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range all {
			word := " half"
			if f.Whole() {
				word = " whole"
			}
			got = append(got, f.Slug+word)
		}
		if want := []string{"a half", "b whole", "c half"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}

func TestFindingsSurviveFailures(t *testing.T) {
	t.Run("a run that is killed while it writes the last file leaves the folder half written", func(t *testing.T) {
		reached := 0
		for _, at := range writePoints[:5] {
			dir := t.TempDir()
			d := &brokenDisk{at: at, match: FindingFile, crash: true}
			s, err := open(d, dir)
			if err != nil {
				t.Fatal(err)
			}
			f, err := s.Finding("x")
			if err == nil {
				err = f.WriteFile("case.case", []byte("text"))
			}
			if err != nil {
				t.Fatal(err)
			}
			if !crashes(d, func() { _ = f.WriteFile(FindingFile, []byte(`{"a":1}`)) }) {
				t.Fatalf("not killed at %s", at)
			}
			age(t, dir)
			all, err := mustOpen(t, dir).Findings()
			if err != nil || len(all) != 1 || all[0].Whole() {
				t.Errorf("%s: got %v, %v", at, all, err)
			}
			if got := names(t, dir); !slices.Equal(got, []string{"findings/x/case.case"}) {
				t.Errorf("%s: the next run left %v", at, got)
			}
			reached++
		}
		if reached != 5 {
			t.Errorf("%d points reached", reached)
		}
	})
}

func TestFindingNames(t *testing.T) {
	t.Run("names that could lead elsewhere are refused", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		f, err := s.Finding("x")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"", ".", "..", ".hidden", "a/b", `a\b`, "../x", "a b", "é", "a\x00", "a:b", strings.Repeat("x", 121)} {
			if _, err := s.Finding(name); err == nil {
				t.Errorf("a folder named %q", name)
			}
			if err := f.WriteFile(name, nil); err == nil {
				t.Errorf("a file named %q", name)
			}
			if _, err := f.ReadFile(name); err == nil || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("reading a file named %q: %v", name, err)
			}
		}
		if got := names(t, dir); len(got) > 0 {
			t.Errorf("got %v", got)
		}
	})
}

func TestFindingErrors(t *testing.T) {
	t.Run("a full disk is reported with the names of folder and file", func(t *testing.T) {
		d := &brokenDisk{at: "write", match: "x/case", err: syscall.ENOSPC}
		s, err := open(d, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		f, err := s.Finding("x")
		if err != nil {
			t.Fatal(err)
		}
		err = f.WriteFile("case.case", []byte("text"))
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), filepath.Join("x", "case.case")) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a file in the place of the folder is an error", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, dir)
		if err := os.WriteFile(filepath.Join(dir, "findings", "x"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if f, err := s.Finding("x"); f != nil || !errors.Is(err, fs.ErrExist) {
			t.Errorf("got %v", err)
		}
	})
}
