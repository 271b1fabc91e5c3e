package fuzz_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// serveMine is a user's own server, at its very beginning.
func serveMine(ln net.Listener, log io.Writer) (stop func(), err error) {
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				fmt.Fprint(conn, "* OK hello\r\n")
				in := bufio.NewReader(conn)
				for line, err := in.ReadString('\n'); err == nil; line, err = in.ReadString('\n') {
					tag, _, _ := strings.Cut(strings.TrimSpace(line), " ")
					fmt.Fprintf(conn, "%s BAD not yet\r\n", tag)
				}
			})
		}
	})
	return func() { ln.Close(); all.Wait() }, nil
}

// driveMine is a user's own client: it greets and leaves.
func driveMine(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	conn.SetDeadline(time.Now().Add(time.Minute)) // nobody waits for ever
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "* OK ") {
		return fmt.Errorf("greeting: %q, %v", line, err)
	}
	fmt.Fprint(conn, "a1 LOGOUT\r\n")
	for line := ""; !strings.HasPrefix(line, "a1 "); {
		var err error
		if line, err = in.ReadString('\n'); err != nil {
			return err
		}
	}
	return nil
}

// FuzzMyServer is all that a fuzz target for a server of one's own takes. Rules
// listed as known do not fail it: this server cannot even log anybody in.
func FuzzMyServer(f *testing.F) {
	fuzz.ServerWith(f, &harness.Server{Start: serveMine}, fuzz.Options{Known: ruleIDs()})
}

// FuzzMyClient is the same for a client.
func FuzzMyClient(f *testing.F) {
	fuzz.ClientWith(f, &harness.Client{Drive: driveMine}, fuzz.Options{Known: ruleIDs()})
}

// ruleIDs returns all rules but those of crashes, hangs and leaks.
func ruleIDs() (known []string) {
	for _, r := range harness.Rules() {
		if r.Kind != harness.Crash && r.Kind != harness.Hang && r.Kind != harness.Leak {
			known = append(known, r.ID)
		}
	}
	return known
}

// A campaign takes the targets by name, since its workers are processes of
// their own: the program, started again with the argument "worker".
func ExampleCampaign() {
	targets := []fuzz.Spec{{Name: "go-imap server", New: func() harness.Target { return goimap.Server() }}}
	if len(os.Args) == 2 && os.Args[1] == "worker" {
		fuzz.WorkerMain(targets) // does not return
	}
	campaign := fuzz.Campaign{Dir: "/dev/null/imapfuzz.out", Targets: targets, Time: time.Second, Seed: 1}
	_, err := campaign.Run(context.Background())
	fmt.Println(err != nil) // nothing can be kept there: that is said before anything runs
	// Output: true
}

func ExampleSearch() {
	seed, _ := corpus.Parse("seed", []byte("imapfuzz case 1\ntarget: server\n\nC: a1 NOOP\n"))
	s := fuzz.NewSearch(corpus.Server, 7, 1, []*corpus.Case{seed}, fuzz.DefaultVocabulary(corpus.Server))
	c, k := s.Next()
	fmt.Printf("case %d: %s", k, c.Steps[0].Data)
	// Output: case 1: a1 NOOP
}
