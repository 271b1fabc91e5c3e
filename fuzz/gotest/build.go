package gotest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

const (
	// coverTag makes package fuzz read the counters of the program that it is in.
	coverTag = "imapfuzz_cover"

	// engine is imapfuzz's own module.
	engine = "github.com/imapfuzz/imapfuzz"
)

// Options are how a program is built. Dir is required; the zero values of all
// other fields are sensible.
type Options struct {
	Dir   string   // where the programs are put
	Cover []string // patterns of the packages whose edges are counted; empty: all but the standard library, golang.org/x and imapfuzz; "none": no coverage
	Tags  string   // build tags, with commas between
	Race  bool     // build a second program, with the race detector
	Fuzz  string   // a regular expression that the names of the targets match; empty: all
}

// noCover reports whether no edges are to be counted.
func (o *Options) noCover() bool { return len(o.Cover) == 1 && o.Cover[0] == "none" }

// A listed is a package, as `go list` prints it.
type listed struct {
	ImportPath string
	ForTest    string
	Dir        string
	Standard   bool
	Error      *struct{ Err string }
}

// place returns where the go command is to run, and what for, so that pattern is
// found: a directory may be of another module than the current one.
func place(pattern string) (dir, inside string) {
	if info, err := os.Stat(pattern); err == nil && info.IsDir() && (strings.HasPrefix(pattern, ".") || filepath.IsAbs(pattern)) {
		return pattern, "."
	}
	return "", pattern
}

// find returns the one package that pattern means in dir.
func find(ctx context.Context, dir, pattern, tags string) (*listed, error) {
	out, err := goTool(ctx, dir, "list", "-find", "-tags="+tags, "-json=ImportPath,Dir,Standard", "--", pattern)
	if err != nil {
		return nil, err
	}
	all, err := decode(out)
	if err != nil {
		return nil, err
	}
	if len(all) != 1 {
		return nil, fmt.Errorf("want one package, got %d of %s", len(all), pattern)
	}
	return &all[0], nil
}

func decode(out []byte) ([]listed, error) {
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var l listed
		if err := d.Decode(&l); err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, l)
	}
	return all, nil
}

// covered returns the packages of the program whose edges are counted by default.
func covered(ctx context.Context, dir, pkg, tags string, test bool) ([]string, error) {
	args := []string{"list", "-deps", "-e", "-tags=" + tags, "-json=ImportPath,ForTest,Standard"}
	if test {
		args = append(args, "-test")
	}
	out, err := goTool(ctx, dir, append(args, "--", pkg)...)
	if err != nil {
		return nil, err
	}
	all, err := decode(out)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, l := range all {
		path, _, _ := strings.Cut(l.ImportPath, " ") // without "[p.test]"
		if !l.Standard && !strings.HasSuffix(path, ".test") && !apart(path) {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

// apart reports whether a package is not the target's: coverage of everything is
// noise, and the engine must not watch itself.
func apart(path string) bool {
	if strings.HasPrefix(path, "golang.org/x/") {
		return true
	}
	for _, own := range []string{"/faultnet", "/corpus", "/harness", "/fuzz", "/cmd", "/internal/imapwire"} {
		if rest, ok := strings.CutPrefix(path, engine+own); ok && (rest == "" || rest[0] == '/' || rest[0] == '_') {
			return true
		}
	}
	return false
}

// supported reports whether the compiler can count edges here, and package fuzz can
// read them.
func supported() bool { return runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64" }

// flags returns the flags of the go command that have the edges of the packages
// counted; none is no coverage.
func (o *Options) flags(patterns []string, race bool) []string {
	var tags, out []string
	if len(patterns) > 0 {
		mode := "count"
		if race {
			mode = "atomic" // the go command wants no other
		}
		tags = append(tags, coverTag)
		out = append(out, "-cover", "-covermode="+mode, "-coverpkg="+strings.Join(patterns, ","))
	}
	if o.Tags != "" {
		tags = append(tags, o.Tags)
	}
	return append(out, "-tags="+strings.Join(tags, ","))
}

// A toolError is what the go command said when it failed.
type toolError struct {
	what string
	said string
}

// Error returns the go command's own words.
func (e *toolError) Error() string { return e.what + ":\n" + e.said }

// ErrNoTool is the error of a machine without the go command.
var ErrNoTool = errors.New("no go command is found")

// goTool runs the go command in dir, and returns what it printed. Its words, if it
// fails, are the error.
func goTool(ctx context.Context, dir string, args ...string) ([]byte, error) {
	exe, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoTool, err)
	}
	c := exec.CommandContext(ctx, exe, args...)
	var out, said bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = dir, &out, &said
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		text := strings.TrimSpace(said.String() + out.String())
		if text == "" {
			text = err.Error()
		}
		return nil, &toolError{"go " + args[0], text}
	}
	return out.Bytes(), nil
}

// present reports whether a file is there.
func present(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// absolute returns the path of a program in dir.
func absolute(dir, name string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Abs(filepath.Join(dir, name))
}
