package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/coverage"
	"strconv"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

func main() {
	dir := os.Args[1]
	times, _ := strconv.Atoi(os.Args[2])
	os.Args = os.Args[:1]
	testing.Init()
	testing.Main(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "x", F: func(t *testing.T) {
		files, _ := filepath.Glob(dir + "/*.case")
		var names []string
		var cases []*corpus.Case
		for _, f := range files {
			text, _ := os.ReadFile(f)
			c, err := corpus.Parse(f, text)
			if err != nil || c.Target != corpus.Server {
				continue
			}
			names, cases = append(names, filepath.Base(f)), append(cases, c)
		}
		fuzz.Diag(t, goimap.Server(), names, cases, times, func(name string, run, pkg, fn, block int, was, is byte) {
			fmt.Printf("DIFF %s run %d pkg %d fn %d block %d: %d -> %d\n", name, run, pkg, fn, block, was, is)
		})
		fmt.Println(coverage.WriteMetaDir("/tmp/speed/cov"))
		fmt.Println(coverage.WriteCountersDir("/tmp/speed/cov"))
		os.Exit(0)
	}}}, nil, nil)
}
