package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/imapfuzz/imapfuzz/internal/yardstick/raw"
)

const self = "github.com/imapfuzz/imapfuzz/internal/yardstick/decodings"

// The columns: targets of this package.
var columns = []string{"FuzzText", "FuzzCompact", "FuzzCompactAlone", "FuzzFixedAlone"}

// The plants that are measured, unless others are named: of each depth some.
var defaultPlants = []string{
	"tag-changed", "panic-logged", "literal-trusted", "partial-off-by-one", "serverbug", "append-refused-stored", "uid-is-number",
	"date-drifts", "copyuid-crossed", "writes-in-turn",
}

func main() {
	limit := flag.Duration("t", 15*time.Second, "for how long each column searches for each plant")
	plants := flag.String("plants", strings.Join(defaultPlants, ","), "names of plants of the server, with commas between")
	flag.Parse()
	if *limit <= 0 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "decodings: want a time, and no arguments")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := measure(ctx, strings.Split(*plants, ","), *limit); err != nil {
		fmt.Fprintln(os.Stderr, "decodings:", err)
		os.Exit(2)
	}
}

func measure(ctx context.Context, plants []string, limit time.Duration) error {
	dir, err := os.MkdirTemp("", "imapfuzz-decodings-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	exe := filepath.Join(dir, "fuzz.test")
	if out, err := exec.CommandContext(ctx, "go", "test", "-c", "-fuzz=.", "-o", exe, self).CombinedOutput(); err != nil {
		return fmt.Errorf("go test -c: %w\n%s", err, out)
	}
	found := make([]int, len(columns))
	fmt.Println("plant", strings.Join(columns, " "))
	for _, plant := range plants {
		row := plant
		for i, column := range columns {
			v, err := search(ctx, exe, dir, column, plant, limit)
			if err != nil {
				return err
			}
			if row += " " + v; v != "-" {
				found[i]++
			}
		}
		fmt.Println(row)
	}
	fmt.Println("found", strings.Trim(fmt.Sprint(found), "[]"), "of", len(plants))
	return nil
}

// search lets a target search for a plant, in one worker.
func search(ctx context.Context, exe, dir, target, plant string, limit time.Duration) (string, error) {
	work, err := os.MkdirTemp(dir, "run-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	c := exec.CommandContext(ctx, exe, "-test.run=^$", "-test.fuzz=^"+target+"$", "-test.fuzzcachedir="+work,
		"-test.fuzzminimizetime=1x", "-test.parallel=1", "-test.fuzztime="+limit.String())
	c.Dir = work // where it writes what it finds
	c.Env = append(os.Environ(), raw.Variable+"="+plant, "TMPDIR="+work)
	out, err := c.CombinedOutput()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil && !strings.Contains(string(out), "FAIL") {
		return "", fmt.Errorf("%s: %w\n%s", target, err, out)
	}
	return verdict(string(out)), nil
}

var executions = regexp.MustCompile(`execs: (\d+)`)

// verdict returns after how many executions the target failed, by what it said.
func verdict(said string) string {
	if !strings.Contains(said, "FAIL") {
		return "-"
	}
	all := executions.FindAllStringSubmatch(said, -1)
	if len(all) == 0 {
		return "seed"
	}
	return all[len(all)-1][1]
}
