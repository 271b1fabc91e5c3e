package harness_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// tiny is a user's own server: it lets everybody in, knows no mailbox, and
// forgets to say BYE.
func tiny(ln net.Listener, log io.Writer) (stop func(), err error) {
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				fmt.Fprint(conn, "* OK hello\r\n")
				for in := bufio.NewScanner(conn); in.Scan(); {
					tag, command, _ := strings.Cut(in.Text(), " ")
					status := "OK"
					if word, _, _ := strings.Cut(command, " "); strings.Contains("SELECT EXAMINE STATUS CREATE APPEND", word) {
						status = "NO"
					}
					fmt.Fprintf(conn, "%s %s done\r\n", tag, status)
					if command == "LOGOUT" {
						return
					}
				}
			}()
		}
	}()
	return func() { ln.Close() }, nil
}

// greedy is a user's own client: it asks for one message, and believes that what
// it got is all.
func greedy(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	in := bufio.NewReader(conn)
	in.ReadString('\n')
	fmt.Fprint(conn, "a1 FETCH 1 BODY[]\r\n")
	io.Copy(io.Discard, in)
	return nil
}

// A server whose mail outlives it: what Open makes is there as long as the run is,
// what start makes ends with stop.
func ExampleServer_open() {
	_ = &harness.Server{
		Name: "my server",
		Open: func() (harness.StartFunc, error) {
			dir, err := os.MkdirTemp("", "mail") // or a store in memory
			return func(ln net.Listener, log io.Writer) (stop func(), err error) {
				return serveDir(ln, log, dir)
			}, err
		},
	}
	// A case with a line "RESTART:" calls stop, and then start with a new listener.
}

// serveDir would serve the mail below dir.
func serveDir(ln net.Listener, log io.Writer, dir string) (stop func(), err error) {
	return tiny(ln, log)
}

func Example_rules() {
	for _, r := range harness.RulesFor(corpus.Client) {
		if r.Severity == harness.Warn && r.Kind == harness.Hang {
			fmt.Println(r.ID, r.Kind)
		}
	}
	// Output:
	// silence hang
	// R-IDLE-9 hang
}

func ExampleFatalFinding() {
	output := []byte(`panic: runtime error: index out of range [4] with length 2

goroutine 9 [running]:
example.org/mail.(*Server).fetch(0xc000)
	/src/mail/fetch.go:12 +0x1
`)
	f := harness.FatalFinding(&harness.Server{Packages: []string{"example.org/mail"}}, output)
	fmt.Println(f.Bucket())
	// Output:
	// crash/no-crash/mail.(*Server).fetch
}

// What a user's test of his own server and client looks like.
func TestExampleOfAServerAndAClient(t *testing.T) {
	t.Run("a server of its own", func(t *testing.T) {
		text := "imapfuzz case 1\ntarget: server\n\nC: a1 LOGIN test test\nS: a1 OK\nC: a2 LOGOUT\n"
		wantRules(t, &harness.Server{Start: tiny}, text, "R-END-1", "bystander")
	})
	t.Run("a client of its own", func(t *testing.T) {
		text := "imapfuzz case 1\ntarget: client\n\nS: * PREAUTH hello\nC: FETCH\nS= \"* 1 FETCH (BODY[] {100}\\r\\nabc\"\n! server: cut\n"
		wantRules(t, &harness.Client{Drive: greedy}, text, "R-CL-7")
	})
}

// wantRules fails unless the first finding is of the first rule, and the others
// of the others.
func wantRules(t *testing.T, target harness.Target, text string, rules ...string) {
	t.Helper()
	r := play(t, target, parse(t, text))
	if len(r.Findings) == 0 || r.Findings[0].Rule != rules[0] {
		t.Fatalf("want %s first, got\n%s", rules[0], list(r.Findings))
	}
	for _, f := range r.Findings[1:] {
		if !strings.Contains(strings.Join(rules, " "), f.Rule) {
			t.Errorf("got %s too", f.String())
		}
	}
}
