// Package magic is an IMAP server that waits for words that stand in no RFC and that
// it never says: only its source gives them away.
package magic

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
)

// Serve serves ln until stop is called.
func Serve(ln net.Listener, log io.Writer) (stop func(), err error) {
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	all.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			context.AfterFunc(ctx, func() { conn.Close() })
			all.Go(func() { serve(conn) })
		}
	})
	return func() { ln.Close(); cancel(); all.Wait() }, nil
}

func serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for reply := "* OK magic"; ; {
		if _, err := fmt.Fprintf(conn, "%s\r\n", reply); err != nil {
			return
		}
		line, err := in.ReadString('\n')
		if err != nil || len(line) > 4096 {
			return
		}
		words := strings.Fields(line)
		reply = "* BAD what"
		if len(words) > 0 {
			reply = words[0] + " OK done"
		}
		if len(words) > 2 && strings.EqualFold(words[1], "LIST") {
			list(words[2])
		}
	}
}

// list fails for one reference, which is told in no reply.
func list(ref string) {
	ref = strings.Trim(ref, `"`)
	if ref == hollow {
		go panic("magic: a hollow voice") // nobody recovers there
	}
}

const hollow = "plover-" + "y2-Xyzzy"
