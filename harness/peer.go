package harness

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// readChunk is how much a peer takes from its connection at a time.
const readChunk = 32 << 10

// A peer is the harness's end of one connection: it plays one side, byte by
// byte, and never waits longer than it is told to.
type peer struct {
	run  *run
	conn int // number of the connection in the case, 0 for the harness's own sessions
	link *faultnet.Link
	end  *faultnet.Conn
	tls  *tls.Conn

	in      []byte // what was read; kept whole, for expectations
	parsed  int    // bytes of in that expectations have passed
	done    bool   // the other side's stream has ended
	err     error  // how it ended: io.EOF or the reset
	werr    error  // the first error of a write
	tags    []string
	closed  bool
	inTLS   bool
	wrote   int64           // bytes that write has written, before TLS
	secret  [3]atomic.Int64 // by side: position from which its stream is ciphertext, plus one; 0: none is
	lastTag string
}

// write sends b, reading what comes meanwhile, so that a target that answers at
// once is not kept from it. It gives up when nothing moves for as long as the
// harness has patience.
func (p *peer) write(b []byte) {
	if p.closed {
		return
	}
	c := p.rw()
	for waited := time.Duration(0); len(b) > 0 && waited < patience; {
		c.SetWriteDeadline(time.Now().Add(writeSlice))
		n, err := c.Write(b)
		p.wrote += int64(n)
		b = b[n:]
		switch {
		case err == nil:
		case errors.Is(err, os.ErrDeadlineExceeded):
			if waited += writeSlice; n > 0 || p.take() > 0 {
				waited = 0
			}
			p.run.keepUp()
		default:
			p.werr = cmp.Or(p.werr, err)
			return
		}
	}
}

// writeSlice is how long a write waits before the harness looks whether it has
// to read first.
const writeSlice = 100 * time.Millisecond

func (p *peer) rw() net.Conn {
	if p.tls != nil {
		return p.tls
	}
	return p.end
}

// drainMore is how much has to have waited for the harness before the sender may
// have been kept from sending more: well below what a connection buffers.
const drainMore = 32 << 10

// drain takes what has arrived. If that was so much that the sender may have
// been waiting for room, it waits until all is quiet again and goes on.
func (p *peer) drain() {
	for {
		if p.take() < drainMore {
			return
		}
		p.run.wait()
	}
}

// take reads what there is to read now and returns how much that was.
func (p *peer) take() int {
	if p.done || p.closed {
		return 0
	}
	total := 0
	for {
		p.in = grow(p.in, 4096)
		n, err := p.tryRead(p.in[len(p.in):cap(p.in)])
		if n > 0 && p.inTLS {
			p.run.rec.add(Event{Kind: p.gotKind(), Conn: p.conn, Data: p.in[len(p.in) : len(p.in)+n], TLS: true})
		}
		p.in = p.in[:len(p.in)+n]
		total += n
		if err != nil {
			p.done, p.err = true, err
			return total
		}
		if n == 0 {
			return total
		}
	}
}

func (p *peer) gotKind() EventKind {
	if p.run.target.Tests() == 0 {
		return ServerSent
	}
	return ClientSent
}

// tryRead reads without waiting; 0 and nil mean that there is nothing now.
func (p *peer) tryRead(b []byte) (int, error) {
	if p.tls == nil {
		return p.end.TryRead(b)
	}
	p.tls.SetReadDeadline(time.Now().Add(time.Millisecond))
	n, err := p.tls.Read(b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil
	}
	return n, err
}

// await waits at most d for more to read, and reports whether more came or the
// stream ended.
func (p *peer) await(d time.Duration) bool {
	if p.done || p.closed {
		return false
	}
	before := len(p.in)
	p.in = grow(p.in, readChunk)
	c := p.rw()
	c.SetReadDeadline(time.Now().Add(d))
	n, err := c.Read(p.in[len(p.in):cap(p.in)])
	if n > 0 && p.inTLS {
		p.run.rec.add(Event{Kind: p.gotKind(), Conn: p.conn, Data: p.in[len(p.in) : len(p.in)+n], TLS: true})
	}
	p.in = p.in[:len(p.in)+n]
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
	case err != nil:
		p.done, p.err = true, err
	}
	p.run.wait()
	p.drain()
	p.run.keepUp()
	return len(p.in) > before || p.done
}

// nextUnit returns the next whole response, or command line, that was read and
// not yet passed.
func (p *peer) nextUnit(client bool) ([]byte, bool) {
	rest := p.in[p.parsed:]
	if client {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return nil, false
		}
		p.parsed += i + 1
		return rest[:i+1], true
	}
	n, ok := imapwire.ResponseUnit(rest)
	if !ok {
		return nil, false
	}
	p.parsed += n
	return rest[:n], true
}

// close ends the harness's side in order.
func (p *peer) close() {
	if p.closed {
		return
	}
	p.closed = true
	p.end.Close()
}

// handshake goes on inside TLS on p's connection. It waits at most patience.
func (p *peer) handshake(ctx context.Context, config *tls.Config, server bool) error {
	if server {
		p.tls = tls.Server(&preread{Conn: p.end, first: clientHello(p.in)}, config)
	} else {
		p.tls = tls.Client(p.end, config)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	own, other := faultnet.Client, faultnet.Server
	if server {
		own, other = other, own
	}
	p.secret[own].Store(p.wrote + 1)
	p.secret[other].Store(int64(len(p.in)-len(clientHello(p.in))) + 1)
	p.in = p.in[:0]
	p.parsed = 0
	p.inTLS = true
	if err := p.tls.HandshakeContext(ctx); err != nil {
		p.done, p.err = true, err
		return err
	}
	return nil
}

// plain returns what of data, at pos in the stream of side, is no ciphertext.
func (p *peer) plain(side faultnet.Side, pos int64, data []byte) []byte {
	from := p.secret[side].Load() - 1
	switch {
	case from < 0 || pos+int64(len(data)) <= from:
		return data
	case pos >= from:
		return nil
	}
	return data[:from-pos]
}

// clientHello returns what was already read of a client's handshake: it begins
// as soon as STARTTLS is completed, before the case says so.
func clientHello(in []byte) []byte {
	i := bytes.Index(in, tlsRecord)
	if i < 0 {
		return nil
	}
	return bytes.Clone(in[i:])
}

// tlsRecord is what a handshake begins with (RFC 8446, section 5.1).
var tlsRecord = []byte{0x16, 0x03}

// A preread is a connection of which first was read already.
type preread struct {
	net.Conn
	first []byte
}

// Read implements net.Conn.
func (c *preread) Read(b []byte) (int, error) {
	if len(c.first) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.first)
	c.first = c.first[n:]
	return n, nil
}

func grow(b []byte, n int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	return append(make([]byte, 0, 2*cap(b)+n), b...)
}

// ended says in words how the other side's stream ended.
func ended(err error) string {
	switch {
	case err == nil:
		return "open"
	case errors.Is(err, io.EOF):
		return "closed"
	default:
		return "broken"
	}
}
