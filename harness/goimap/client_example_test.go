package goimap_test

import (
	"context"
	"fmt"
	"net"

	"github.com/imapfuzz/imapfuzz/harness/goimap"
)

// The client is a target like any other; its calls are what cases ask for.
func ExampleClient() {
	c := goimap.Client()
	fmt.Println(c.Name, "against the", c.Peer.Name)
	for _, call := range c.Calls[6:10] {
		fmt.Println(call)
	}
	// Output:
	// go-imap client against the go-imap server
	// login test test
	// login "t\u00e9st" "a b"
	// authenticate test test
	// unauthenticate
}

// Outside a run there are no calls: Drive closes the connection, which it owns,
// and has nothing to complain about.
func ExampleClient_drive() {
	client, server := net.Pipe()
	fmt.Println(goimap.Client().Drive(context.Background(), client))
	_, err := server.Read(make([]byte, 1))
	fmt.Println(err)
	// Output:
	// <nil>
	// EOF
}
