package faultnet_test

import (
	"fmt"
	"io"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// Of many faults two are to blame, and neither has to be as it was.
func ExampleShrink() {
	plan, err := faultnet.ParsePlan(`
		client: chop 1..4
		server line 2 @3: delay 2s..50s
		client @38: stall 29m
		server @4: insert "junk"
		server @40: reset`)
	if err != nil {
		panic(err)
	}
	// What fails: a server says "* OK ready", and more arrives.
	fails := func(p faultnet.Plan) bool {
		client, server := faultnet.Pipe(faultnet.Options{Plan: p})
		client.SetReadDeadline(time.Now().Add(10 * time.Millisecond)) // there are faults after which nothing comes
		server.Write([]byte("* OK ready\r\n"))
		server.Close()
		got, err := io.ReadAll(client)
		return err == nil && len(got) > len("* OK ready\r\n")
	}
	fmt.Print(faultnet.Shrink(plan, fails))
	// Output: server: insert "j"
}
