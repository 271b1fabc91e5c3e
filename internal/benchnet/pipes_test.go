package main

import (
	"net"
	"testing"

	"golang.org/x/net/nettest"
)

func TestThePipesThatAreComparedPassTestConn(t *testing.T) {
	for _, p := range pipes {
		t.Run(p.name, func(t *testing.T) {
			nettest.TestConn(t, func() (net.Conn, net.Conn, func(), error) {
				a, b := p.make()
				return a, b, func() { a.Close(); b.Close() }, nil
			})
		})
	}
}
