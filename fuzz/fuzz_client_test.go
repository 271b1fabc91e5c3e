//go:build !race

// Left out under the race detector: imapclient reads a short literal again after
// its end, while its decoder goes on, a data race of its own.

package fuzz_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/fuzz"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

func FuzzClient(f *testing.F) {
	o := known(f)
	o.Skip = func(c *corpus.Case) string {
		tls, caps := false, false
		for i := range c.Steps {
			tls = tls || c.Steps[i].Op == corpus.StartTLS
			d := bytes.ToUpper(c.Steps[i].Data)
			caps = caps || bytes.IndexByte(d, '(') >= 0 && (bytes.Contains(d, []byte("CAPABILITY")) || bytes.Contains(d, []byte("ENABLED")))
		}
		if tls && caps {
			return "a parenthesis among capabilities, where no spared connection sees it"
		}
		return ""
	}
	target := goimap.Client()
	drive := target.Drive
	target.Drive = func(ctx context.Context, conn net.Conn) error { return drive(ctx, &spared{Conn: conn}) }
	fuzz.ClientWith(f, target, o)
}

// spared is a connection that ends before it brings what takes go-imap's client
// down: a parenthesis among capabilities, which it reads for ever, and nesting so
// deep that its stack overflows. Whatever the faults made of a case, these are the
// bytes that arrive.
type spared struct {
	net.Conn
	line  []byte // in upper case
	caps  bool   // the line has capabilities
	depth int    // parentheses that came
}

var errSpared = errors.New("the client is spared what takes it down")

func (c *spared) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for _, b := range p[:n] {
		switch {
		case b == '\n':
			c.line, c.caps = c.line[:0], false
		case b == '(':
			if c.depth++; c.caps || c.depth > 10000 {
				return 0, errSpared
			}
		default:
			if b >= 'a' && b <= 'z' {
				b -= 'a' - 'A'
			}
			c.line = append(c.line, b)
			c.caps = c.caps || bytes.HasSuffix(c.line, []byte("CAPABILITY")) || bytes.HasSuffix(c.line, []byte("ENABLED"))
		}
	}
	return n, err
}
