// Package tiny is an IMAP server with one mailbox of no message, and a bug that
// stands deep behind an argument of a command: no reply tells how near one is.
package tiny

import (
	"bufio"
	"context"
	"errors"
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

type session struct {
	in       *bufio.Reader
	out      *bufio.Writer
	loggedIn bool
	selected bool
	checks   int
}

func serve(conn net.Conn) {
	defer conn.Close()
	s := &session{in: bufio.NewReader(conn), out: bufio.NewWriter(conn)}
	fmt.Fprint(s.out, "* OK [CAPABILITY IMAP4rev1] tiny\r\n")
	for s.out.Flush() == nil {
		line, err := s.in.ReadString('\n')
		if err != nil || len(line) > 4096 {
			return
		}
		tag, rest, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		verb, args, _ := strings.Cut(rest, " ")
		status, over := s.command(strings.ToUpper(verb), args)
		if tag == "" {
			tag = "*"
		}
		fmt.Fprintf(s.out, "%s %s\r\n", tag, status)
		if over {
			s.out.Flush()
			return
		}
	}
}

// command does what one line asks for.
func (s *session) command(verb, args string) (status string, over bool) {
	switch {
	case verb == "LOGOUT":
		fmt.Fprint(s.out, "* BYE\r\n")
		return "OK bye", true
	case verb == "NOOP":
	case verb == "CHECK" && s.selected:
		s.check()
	case verb == "CAPABILITY":
		fmt.Fprint(s.out, "* CAPABILITY IMAP4rev1\r\n")
	case verb == "LOGIN" && !s.loggedIn:
		if strings.ReplaceAll(args, `"`, "") != "test test" {
			return "NO wrong", false
		}
		s.loggedIn = true
	case !s.loggedIn:
		return "BAD not now", false
	case verb == "SELECT" || verb == "EXAMINE":
		s.selected = true
		fmt.Fprint(s.out, "* 0 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 1] x\r\n")
		return "OK [READ-WRITE] selected", false
	case verb == "STORE" && s.selected:
		storeArgs(args)
	case verb == "LIST", verb == "STATUS":
		return "NO not here", false
	default:
		return "BAD what", false
	}
	return "OK done", false
}

// check counts twice at the same time, without a lock.
func (s *session) check() {
	done := make(chan struct{})
	go func() {
		s.checks++
		close(done)
	}()
	s.checks++
	<-done
}

// storeArgs reads "1 +FLAGS.SILENT (\Seen)". Each step is a branch of its own,
// and the answer is the same after each.
func storeArgs(args string) int {
	_, what, _ := strings.Cut(args, " ")
	item, list, ok := strings.Cut(strings.ToUpper(what), " ")
	if !ok {
		return 0
	}
	if len(item) == 0 || item[0] != '-' {
		return 1
	}
	if !strings.HasSuffix(item, ".SILENT") {
		return 2
	}
	if !strings.Contains(list, `\DRAFT`) {
		return 3
	}
	if !strings.Contains(list, `\FLAGGED`) {
		return 4
	}
	go removeFlags(list) // in a goroutine of its own: nobody recovers there
	return 5
}

func removeFlags(list string) {
	panic("tiny: cannot remove " + fmt.Sprint(len(list)))
}

// Greet is a client that reads a greeting, and goes.
func Greet(conn net.Conn) error {
	defer conn.Close()
	buf := make([]byte, 4)
	if _, err := conn.Read(buf); err != nil || !strings.HasPrefix(string(buf), "* ") {
		return errors.New("no greeting")
	}
	return nil
}
