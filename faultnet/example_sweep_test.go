package faultnet_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// A client of pings is cut off at every byte of its session. It takes what came
// of a reply for the whole of it, which the sweep finds where it happens.
func ExampleSweep() {
	session := func(ctx context.Context, o faultnet.Options) error {
		client, server := faultnet.Pipe(o)
		defer client.Close()
		go func() {
			defer server.Close()
			in := bufio.NewReader(server)
			for _, err := in.ReadString('\n'); err == nil; _, err = in.ReadString('\n') {
				fmt.Fprint(server, "+PONG\r\n")
			}
		}()
		fmt.Fprint(client, "PING\r\n")
		reply, _ := bufio.NewReader(client).ReadString('\n') // the defect: the error is not looked at
		if reply != "" && reply != "+PONG\r\n" {
			return errors.New("half a reply is no reply")
		}
		return nil // a reply, or none: both are as they should be
	}
	report, err := faultnet.Sweep{
		Session: faultnet.Session(session).Within(10 * time.Second),
		Faults:  []faultnet.Fault{{Kind: faultnet.Cut}, {Kind: faultnet.Reset}},
	}.Run(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Print(report)
	// Output:
	// client 6 bytes, server 7 bytes: 30 points, 30 run, 30 struck
	// server 1..6: cut: half a reply is no reply
	// server 1..6: reset: half a reply is no reply
}
