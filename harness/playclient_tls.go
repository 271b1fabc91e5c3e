package harness

import (
	"bytes"
	"context"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

// withoutHello is tap without the client's side of TLS, which begins as soon as
// STARTTLS is completed, before the case says so; and, if the server is honest
// and nobody else tells when TLS begins, without the server's.
func withoutHello(tap func(faultnet.Event), honest bool) func(faultnet.Event) {
	hello := false
	var before []byte // the last octets that the client sent
	return func(e faultnet.Event) {
		if e.Op == faultnet.Sent || e.Op == faultnet.Received {
			if e.Side == faultnet.Client && !hello {
				hello = beginsTLS(before, e.Data)
			}
			if hello && (honest || e.Side == faultnet.Client) {
				return
			}
			if e.Side == faultnet.Client && e.Op == faultnet.Sent {
				before = append(before, e.Data[max(0, len(e.Data)-len(starttlsEnd)):]...)
				before = append(before[:0], before[max(0, len(before)-len(starttlsEnd)):]...)
			}
		}
		tap(e)
	}
}

// starttlsEnd is how STARTTLS ends.
const starttlsEnd = "STARTTLS\r\n"

// beginsTLS reports whether a handshake begins with data, of which a fault may
// have left one octet, behind what was sent before.
func beginsTLS(before, data []byte) bool {
	return bytes.HasPrefix(data, tlsRecord) ||
		len(data) > 0 && data[0] == tlsRecord[0] && bytes.EqualFold(before, []byte(starttlsEnd))
}

// startsTLS reports whether, from step i on, nothing but bytes of the server
// comes before TLS starts.
func (p *clientPlay) startsTLS(i int) bool {
	for ; i < len(p.c.Steps); i++ {
		if s := &p.c.Steps[i]; s.Op == corpus.StartTLS || s.Op != corpus.Bytes || s.Side != faultnet.Server {
			return s.Op == corpus.StartTLS
		}
	}
	return false
}

// agreesToTLS reports whether data completes the client's STARTTLS with OK.
func (p *peer) agreesToTLS(data []byte) bool {
	if p.inTLS || p.closed {
		return false
	}
	tag, ok := starttlsTag(p.in)
	return ok && (bytes.HasPrefix(data, []byte(tag+" OK")) || bytes.Contains(data, []byte("\n"+tag+" OK")))
}

// starttlsTag returns the tag of the last line of what a client sent, if it is
// STARTTLS.
func starttlsTag(in []byte) (string, bool) {
	in = bytes.TrimRight(in, "\r\n")
	tag, line := splitTag(in[bytes.LastIndexByte(in, '\n')+1:])
	return tag, tag != "" && bytes.EqualFold(line, []byte("STARTTLS"))
}

func (p *clientPlay) startTLS(step int) {
	p.agreed = false
	p.rec.add(Event{Kind: TLSStarted, Conn: 1})
	if err := p.pe.handshake(context.Background(), ServerTLS(), true); err != nil {
		if !injects(p.c, step) {
			p.diverge(step, "want a TLS handshake, got %v", err)
		}
		return
	}
	p.rec.add(Event{Kind: TLSUp, Conn: 1})
}
