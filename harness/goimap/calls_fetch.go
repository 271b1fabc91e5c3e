package goimap

import (
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/imapfuzz/imapfuzz/harness"
)

// fetchVerbs are the calls that fetch: whole messages into memory (fetch), or
// item by item as a stream (stream).
func fetchVerbs() []verb {
	return []verb{
		{name: "fetch", usage: "SET ITEM...", min: 2, max: -1, examples: []string{
			"fetch 1:* flags uid envelope internaldate size", "fetch 1:2 body[]", "fetch 2 bodystructure", "fetch 1 body body.peek[header]",
			"fetch 1 body[1] body[]<0.10>", "fetch 2 binary[1] binary.size[1]", "fetch 1 flags modseq changedsince:1",
			"fetch 3 body.peek[header.fields(from,subject)] body.peek[1.mime]"}, do: fetch(false, collect)},
		{name: "uid-fetch", usage: "SET ITEM...", min: 2, max: -1, examples: []string{"uid-fetch 1:* flags", "uid-fetch 1:2 body.peek[]"},
			do: fetch(true, collect)},
		{name: "stream", usage: "SET ITEM...", min: 2, max: -1, examples: []string{"stream 1:* body.peek[]", "stream 2 envelope binary[2] body[text]"},
			do: fetch(false, stream)},
		{name: "uid-stream", usage: "SET ITEM...", min: 2, max: -1, examples: []string{"uid-stream 1:* uid body[]"}, do: fetch(true, stream)},
	}
}

// fetch makes a call of FETCH whose responses read takes.
func fetch(uid bool, read func(*imapclient.FetchCommand, *harness.Claim) error) func(*driver, []string, *harness.Claim) error {
	return func(d *driver, args []string, claim *harness.Claim) error {
		set, err := numSet(uid, args[0])
		if err != nil {
			return err
		}
		o, err := fetchOptions(args[1:])
		if err != nil {
			return err
		}
		return read(d.client.Load().Fetch(set, o), claim)
	}
}

// collect takes all messages as imapclient collects them. It reports how many
// there were, and the lengths of their bodies: imapclient no longer knows then
// how long they were announced to be.
func collect(cmd *imapclient.FetchCommand, claim *harness.Claim) error {
	msgs, err := cmd.Collect()
	var b strings.Builder
	fmt.Fprintf(&b, "%d messages", len(msgs))
	for _, m := range msgs {
		for _, s := range m.BodySection {
			fmt.Fprintf(&b, ", body %d", len(s.Bytes))
		}
		for _, s := range m.BinarySection {
			fmt.Fprintf(&b, ", binary %d", len(s.Bytes))
		}
	}
	claim.Text = b.String()
	return err
}

// stream takes the messages item by item and reads every literal to its end.
// Each is reported with what was announced, what could be read, and the error
// that reading it gave: nil if the reader said that this was all.
func stream(cmd *imapclient.FetchCommand, claim *harness.Claim) error {
	n := 0
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		n++
		for item := msg.Next(); item != nil; item = msg.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataBodySection:
				readBody(item.Literal, claim)
			case imapclient.FetchItemDataBinarySection:
				readBody(item.Literal, claim)
			}
		}
	}
	claim.Text = fmt.Sprintf("%d messages", n)
	return cmd.Close()
}

// readBody reads lit, which is nil for NIL.
func readBody(lit imap.LiteralReader, claim *harness.Claim) {
	if lit == nil {
		return
	}
	b := harness.Body{Announced: lit.Size()}
	b.Got, b.Err = io.Copy(io.Discard, lit)
	claim.Bodies = append(claim.Bodies, b)
}
