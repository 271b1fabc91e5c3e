package faultnet_test

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// The server's greeting is cut after four bytes.
func Example() {
	plan, err := faultnet.ParsePlan("server @4: cut")
	if err != nil {
		panic(err)
	}
	client, server := faultnet.Pipe(faultnet.Options{Plan: plan})
	server.Write([]byte("* OK ready\r\n"))
	greeting, err := io.ReadAll(client)
	fmt.Printf("%q %v\n", greeting, err)
	// Output: "* OK" <nil>
}

// The journal of a run, as a plan, does the same again without patterns.
func ExampleJournalPlan() {
	plan, err := faultnet.ParsePlan(`server after "OK" @1: replace "gone"; client @900: reset`)
	if err != nil {
		panic(err)
	}
	link := faultnet.NewLink(faultnet.Options{Plan: plan})
	link.Server().Write([]byte("* OK ready\r\n"))
	b := make([]byte, 99)
	n, _ := link.Client().Read(b)
	fmt.Printf("%q\n", b[:n])
	fmt.Print(faultnet.JournalPlan(link.Journal()))
	fmt.Println("unfired:", link.Unfired())
	// Output:
	// "* OK goney\r\n"
	// server @5: replace "gone"
	// unfired: [client @900: reset]
}

// A fault may be armed on a connection that is in use.
func ExampleLink_Arm() {
	link := faultnet.NewLink(faultnet.Options{})
	link.Server().Write([]byte("* OK ready\r\n"))
	rule, err := faultnet.ParseRule("server: reset")
	if err != nil {
		panic(err)
	}
	link.Arm(rule)
	got, err := io.ReadAll(link.Client())
	fmt.Printf("%q %v\n", got, err)
	// Output: "* OK ready\r\n" read memory client->server: read: connection reset by peer
}

func ExampleListener() {
	l := faultnet.NewListener(faultnet.ListenOptions{})
	link, err := l.Dial(context.Background(), faultnet.Options{})
	if err != nil {
		panic(err)
	}
	server, err := l.Accept()
	if err != nil {
		panic(err)
	}
	fmt.Fprint(server, "hello")
	server.Close()
	got, err := io.ReadAll(link.Client())
	fmt.Printf("%q %v\n", got, err)
	l.Close()
	_, err = l.Dial(context.Background(), faultnet.Options{})
	fmt.Println(err)
	// Output:
	// "hello" <nil>
	// dial memory server: connect: connection refused
}

// Any connection can be wrapped; this end plays the client.
func ExampleWrap() {
	plan, err := faultnet.ParsePlan("server line 2: truncate")
	if err != nil {
		panic(err)
	}
	a, b := net.Pipe()
	client, err := faultnet.Wrap(a, faultnet.Client, faultnet.Options{Plan: plan})
	if err != nil {
		panic(err)
	}
	go fmt.Fprint(b, "* OK ready\r\n* CAPABILITY IMAP4rev1\r\n")
	got, err := io.ReadAll(client)
	fmt.Printf("%q %v\n", got, err)
	client.Close()
	// Output: "* OK ready\r\n" <nil>
}

func ExampleParsePlan() {
	_, err := faultnet.ParsePlan("client @38: reset\nserver line 3: stal 29m")
	fmt.Println(err)
	// Output: 2:16: want a fault, got "stal"
}
