package faultnet

import (
	"net"
	"testing"

	"golang.org/x/net/nettest"
)

func TestAPipePassesTestConn(t *testing.T) {
	made := 0
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		made++
		c, s := Pipe(Options{})
		return c, s, func() { c.Close(); s.Close() }, nil
	})
	if made == 0 {
		t.Fatal("no connection was made")
	}
}

func TestASmallPipePassesTestConn(t *testing.T) {
	made := 0
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		made++
		c, s := Pipe(Options{Buffer: 512})
		return c, s, func() { c.Close(); s.Close() }, nil
	})
	if made == 0 {
		t.Fatal("no connection was made")
	}
}

func TestAListenersConnectionPassesTestConn(t *testing.T) {
	made := 0
	nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
		made++
		l := NewListener(ListenOptions{})
		link, err := l.Dial(t.Context(), Options{})
		if err != nil {
			return nil, nil, nil, err
		}
		s, err := l.Accept()
		c := link.Client()
		return c, s, func() { c.Close(); s.Close(); l.Close() }, err
	})
	if made == 0 {
		t.Fatal("no connection was made")
	}
}

func TestAWrappedConnectionPassesTestConn(t *testing.T) {
	for _, row := range []struct {
		name string
		o    Options
	}{
		{"with an empty plan", Options{}},
		{"with a rule that is never reached", Options{Plan: Plan{Rules: []Rule{
			{Side: Client, When: When{At: never / 8}, Fault: Fault{Kind: Cut}},
			{Side: Server, When: When{At: never / 8}, Fault: Fault{Kind: Reset}},
		}}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			made := 0
			nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
				made++
				a, b := tcpPair(t)
				c, err := Wrap(a, Client, row.o)
				if err != nil {
					return nil, nil, nil, err
				}
				s, err := Wrap(b, Server, row.o)
				if err != nil {
					return nil, nil, nil, err
				}
				return c, s, func() { c.Close(); s.Close() }, nil
			})
			if made == 0 {
				t.Fatal("no connection was made")
			}
		})
	}
}
