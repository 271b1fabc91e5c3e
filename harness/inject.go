package harness

import (
	"bytes"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// injects reports whether the case, before the TLS of that step begins, sends
// plaintext behind STARTTLS, or behind its completion. A peer may drop it and start
// TLS, or take it for a part of the handshake, which then fails (RFC 9051, section
// 6.2.1): neither is what the case expects alone.
func injects(c *corpus.Case, step int) bool {
	harness, conn := faultnet.Client, c.Steps[step].Conn
	if c.Target == corpus.Client {
		harness = faultnet.Server
	}
	var sent []byte
	for i := range c.Steps[:step] {
		s := &c.Steps[i]
		switch {
		case s.Op != corpus.Bytes || s.Conn != conn:
		case s.Side == harness:
			sent = append(sent, s.Data...)
		case harness == faultnet.Server:
			sent = sent[:0] // only the answer to the last command matters
		}
	}
	if harness == faultnet.Client {
		word := []byte("STARTTLS\r\n")
		i := bytes.LastIndex(bytes.ToUpper(sent), word)
		return i >= 0 && i+len(word) < len(sent)
	}
	for len(sent) > 0 {
		line, rest, _ := bytes.Cut(sent, []byte("\r\n"))
		if !bytes.HasPrefix(line, []byte("*")) && bytes.Contains(line, []byte(" OK")) {
			return len(rest) > 0
		}
		sent = rest
	}
	return false
}
