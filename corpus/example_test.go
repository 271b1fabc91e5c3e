package corpus_test

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

const text = `imapfuzz case 1
# The literal of an APPEND is cut in the middle.
target: server

C: a1 LOGIN test test
S: a1 OK
C: a2 APPEND INBOX {310}
S: +
C= "From: a@example.com\r\n" + "Subj"
! client: cut
`

func ExampleParse() {
	c, err := corpus.Parse("append.case", []byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range c.Steps {
		s := &c.Steps[i]
		switch {
		case s.Sends(c.Target):
			fmt.Printf("send %q\n", s.Data)
		case s.Expects(c.Target):
			fmt.Printf("expect %q\n", s.Data)
		case s.Op == corpus.Strike:
			fmt.Println("strike", s.Fault)
		}
	}
	// Output:
	// send "a1 LOGIN test test\r\n"
	// expect "a1 OK\r\n"
	// send "a2 APPEND INBOX {310}\r\n"
	// expect "+\r\n"
	// send "From: a@example.com\r\nSubj"
	// strike client: cut
}

func ExampleParse_error() {
	_, err := corpus.Parse("idle.case", []byte("imapfuzz case 1\ntarget: server\n\nC: a1 IDLE\nT: 31 minutes\n"))
	fmt.Println(err)
	var syntax *corpus.SyntaxError
	fmt.Println(errors.As(err, &syntax), syntax.Line, syntax.Col)
	// Output:
	// idle.case:5:4: want a duration such as "31m" or "1.5s", got "31 minutes"
	// true 5 4
}

func ExampleParseLenient() {
	c, repairs, err := corpus.ParseLenient([]byte("imapfuzz case 1\ntarget: server\nC: a1 NOOP\na2 LOGOUT\nT: soon\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range repairs {
		fmt.Println(r)
	}
	fmt.Printf("%s", corpus.Format(c))
	// Output:
	// line 4: 4:1: want "target:", "peer:", "rules:", "plan:" or a step, got "a2 LOGOUT": sent as it stands
	// line 5: 5:4: want a duration such as "31m" or "1.5s", got "soon": left out
	// imapfuzz case 1
	// target: server
	//
	// C: a1 NOOP
	// C: a2 LOGOUT
}

func ExampleFormat() {
	stall, err := faultnet.ParseRule("server line 1: stall 29m")
	if err != nil {
		fmt.Println(err)
		return
	}
	c := &corpus.Case{
		Note: []string{"A mail that says little at length."},
		Steps: []corpus.Step{
			{Conn: 1, Side: faultnet.Client, Data: []byte("a1 APPEND INBOX {3004+}\r\n"), Faults: []faultnet.Rule{stall}},
			{Conn: 1, Side: faultnet.Client, Data: []byte("\r\n" + strings.Repeat("x", 3000) + "\r\n")},
		},
	}
	fmt.Printf("%s", corpus.Format(c))
	// Output:
	// imapfuzz case 1
	// # A mail that says little at length.
	// target: server
	//
	// C: a1 APPEND INBOX {3004+}
	//   ! server line 1: stall 29m
	// C= "\r\n"
	//   + "x"*3000 + "\r\n"
}

func ExampleStore() {
	dir, err := os.MkdirTemp("", "imapfuzz")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store, err := corpus.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := corpus.Parse("append.case", []byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		id, fresh, err := store.Add(c)
		fmt.Println(id == c.ID(), fresh, err)
	}
	all, errs := store.All()
	fmt.Println(len(all), errs)
	// Output:
	// true true <nil>
	// true false <nil>
	// 1 []
}

func ExampleSeeds() {
	for _, s := range corpus.Seeds() {
		if s.Name == "server/idle" {
			fmt.Println(s.Case.Target, len(s.Case.Steps), "steps")
		}
	}
	// Output:
	// server 11 steps
}
