package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/rs/zerolog"
)

// block is what one write sends.
const block = 64 << 10

// A process is a child, whose CPU time is what is measured.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts a child of that kind that talks to the address upstream, and
// returns it with the address at which it listens, if it does.
func start(kind, upstream string) (*process, string, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	p := &process{cmd: exec.Command(exe, "-child", kind, upstream)}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, "", err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, "", err
	}
	addr, err := p.out.ReadString('\n')
	return p, strings.TrimSpace(addr), err
}

// ask sends a line, and returns the CPU seconds that the child answers with.
func (p *process) ask(line string) (float64, error) {
	if _, err := fmt.Fprintln(p.in, line); err != nil {
		return 0, err
	}
	answer, err := p.out.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("%s: %w", p.cmd.Args[2], err)
	}
	return strconv.ParseFloat(strings.TrimSpace(answer), 64)
}

func (p *process) stop() {
	p.in.Close()
	p.cmd.Wait()
}

// beChild listens or not, as its kind does, and answers with the CPU seconds that
// it has used: at once for "cpu", after sending so many bytes for a number.
func beChild(kind, upstream string) error {
	addr, err := listen(kind, upstream)
	if err != nil {
		return err
	}
	fmt.Println(addr)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		before := cpu()
		if n, err := strconv.ParseInt(lines.Text(), 10, 64); err == nil {
			if err := send(kind, upstream, n); err != nil {
				return err
			}
			fmt.Println(cpu() - before)
		} else {
			fmt.Println(before)
		}
	}
	return nil
}

// cpu returns the CPU seconds that this process has used.
func cpu() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it has no other argument
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// listen starts the proxy of that kind.
func listen(kind, upstream string) (string, error) {
	switch kind {
	case "copy":
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		go copyAll(l, upstream)
		return l.Addr().String(), nil
	case "faultnet":
		p, err := faultnet.ListenProxy(context.Background(), faultnet.ProxyOptions{Listen: "127.0.0.1:0", Upstream: upstream})
		if err != nil {
			return "", err
		}
		return p.Addr().String(), nil
	case "toxiproxy":
		log := zerolog.Nop()
		p := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), log), "bench", "127.0.0.1:0", upstream)
		if err := p.Start(); err != nil {
			return "", err
		}
		return p.Listen, nil
	}
	return "", nil
}

// copyAll is the proxy that does nothing but copy, in blocks of 256 KiB.
func copyAll(l net.Listener, upstream string) {
	for {
		a, err := l.Accept()
		if err != nil {
			return
		}
		b, err := net.Dial("tcp", upstream)
		if err != nil {
			a.Close()
			continue
		}
		for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
			go func() {
				// The structs hide ReadFrom and WriteTo: a copy, not a splice.
				io.CopyBuffer(struct{ io.Writer }{way[1]}, struct{ io.Reader }{way[0]}, make([]byte, 256<<10))
				way[1].(*net.TCPConn).CloseWrite()
			}()
		}
	}
}

// send sends n bytes to the address and waits for their end.
func send(kind, addr string, n int64) error {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	if kind == "wrap" {
		if c, err = faultnet.Wrap(c, faultnet.Client, faultnet.Options{}); err != nil {
			return err
		}
	}
	defer c.Close()
	return transfer(c, n)
}

// transfer sends n bytes and waits until the other end closes.
func transfer(c net.Conn, n int64) error {
	b := make([]byte, block)
	for ; n > 0; n -= block {
		if _, err := c.Write(b[:min(n, block)]); err != nil {
			return err
		}
	}
	if err := c.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		return err
	}
	_, err := io.ReadFull(c, b[:1])
	if err == io.EOF {
		err = nil
	}
	return err
}
