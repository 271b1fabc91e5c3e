package gotest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/imapfuzz/imapfuzz/fuzz"
)

// ErrNoSource is the error of a place where the source of imapfuzz is not at hand,
// so that no command can be built.
var ErrNoSource = errors.New("the source of " + engine + " is not at hand here")

// BuildCommand builds the imapfuzz command itself, so that it counts the edges of
// the packages that o.Cover means, and returns the program that its workers are. It
// needs the go command, and a current directory in a module that is imapfuzz or
// requires it.
func BuildCommand(ctx context.Context, args []string, o Options) (*fuzz.Program, error) {
	if !supported() {
		return nil, errors.New("edges can be counted on amd64 and arm64 only")
	}
	const pkg = engine + "/cmd/imapfuzz"
	if _, err := find(ctx, "", pkg, o.Tags); err != nil {
		if errors.Is(err, ErrNoTool) || ctx.Err() != nil {
			return nil, err
		}
		return nil, ErrNoSource
	}
	exe, err := absolute(o.Dir, "worker")
	if err != nil {
		return nil, err
	}
	build := append([]string{"build", "-o", exe}, o.flags(o.Cover, false)...)
	if _, err := goTool(ctx, "", append(build, "--", pkg)...); err != nil {
		return nil, err
	}
	counts := filepath.Join(o.Dir, "counts")
	if err := os.MkdirAll(counts, 0o777); err != nil {
		return nil, err
	}
	// Else a program that is built so complains; what it leaves there nobody reads.
	p := &fuzz.Program{Exe: exe, Args: args, Env: []string{"GOCOVERDIR=" + counts}}
	n, err := p.Edges(ctx)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fmt.Errorf("no edge is counted of %s", strings.Join(o.Cover, ", "))
	}
	return p, nil
}
