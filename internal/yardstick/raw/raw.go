// Package raw is what people write today to fuzz a server or a client: bytes that
// go over the wire as they are. The yardstick has it beside our cases.
package raw

import (
	"bytes"
	"os"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/fuzz/gofuzz"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// Variable names the plant that the processes of an engine are about. Without it,
// targets are clean.
const Variable = "IMAPFUZZ_PLANT"

// Target returns the target with the plant that the environment names, or the
// clean twin: a client if that is the plant's, or, without a plant, if client is
// set.
func Target(client bool) harness.Target {
	name := os.Getenv(Variable)
	for _, p := range plants.Bugs() {
		if p.Name == name {
			return p.Target(false)
		}
	}
	if client {
		return plants.Client()
	}
	return plants.Server()
}

// program is what a client under raw bytes does, whatever comes.
var program = [...]string{"login test test", "select INBOX", "fetch 1:* (FLAGS UID)", "stream 1 BODY[]", "noop", "logout"}

// Case returns the case in which the peer sends these bytes, and nothing else
// happens; and then hangs up.
func Case(tests corpus.Target, data []byte) *corpus.Case {
	c := &corpus.Case{Target: tests}
	send := func(b []byte) {
		if len(b) > 0 {
			c.Steps = append(c.Steps, corpus.Step{Op: corpus.Bytes, Conn: 1, Side: tests.Sends(), Data: b})
		}
	}
	if tests == corpus.Client {
		// A server that greets with a line, and answers each command with what
		// comes next, up to the end of a tagged line.
		n := 1 + bytes.IndexByte(data, '\n')
		send(data[:n])
		data = data[n:]
		for _, call := range program {
			c.Steps = append(c.Steps, corpus.Step{Op: corpus.Do, Conn: 1, Data: []byte(call)})
			n := answer(data)
			send(data[:n])
			data = data[n:]
		}
	}
	send(data)
	cut := corpus.Step{Op: corpus.Strike, Conn: 1, Fault: faultnet.Rule{Side: tests.Sends(), Fault: faultnet.Fault{Kind: faultnet.Cut}}}
	c.Steps = append(c.Steps, cut)
	return c
}

// answer returns how long the first answer in data is.
func answer(data []byte) int {
	at := 0
	for line := range bytes.Lines(data) {
		if at += len(line); line[0] == 'T' {
			return at
		}
	}
	return at
}

// Seeds returns what the peer sends in our seeds and scenarios, on the first
// connection: the raw engines start from as many sessions as ours.
func Seeds(tests corpus.Target) [][]byte {
	var out [][]byte
	for _, s := range slices.Concat(corpus.Seeds(), corpus.Scenarios()) {
		if s.Case.Target != tests || s.Case.Honest || refusing(s.Name) {
			continue
		}
		var data []byte
		for i := range s.Case.Steps {
			if st := &s.Case.Steps[i]; st.Conn == 1 && st.Sends(tests) {
				data = append(data, st.Data...)
			}
		}
		out = append(out, bound(data))
	}
	return out
}

// refusing reports whether a seed refuses the login, after which the client sends
// no more: further replies would come before they are asked for.
func refusing(seed string) bool { return seed == "client/login_no" || seed == "client/authenticate_no" }

// bound returns data with the tags that the reference client sends: in cases those
// of replies are bound when they run.
func bound(data []byte) []byte {
	var out []byte
	n := 0
	for line := range bytes.Lines(data) {
		if tag, rest, ok := bytes.Cut(line, []byte(" ")); ok && bytes.HasPrefix(tag, []byte("$")) {
			n++
			out = append(out, 'T', byte('0'+min(n, 9)), ' ')
			line = rest
		}
		out = append(out, line...)
	}
	return out
}

// FuzzServer is the entry point for go-fuzz over what a client sends.
func FuzzServer(data []byte) int { return run(corpus.Server, data) }

// FuzzClient is the entry point for go-fuzz over what a server sends.
func FuzzClient(data []byte) int { return run(corpus.Client, data) }

func run(tests corpus.Target, data []byte) int {
	return gofuzz.RunCase(Target(tests == corpus.Client), Case(tests, data), nil)
}
