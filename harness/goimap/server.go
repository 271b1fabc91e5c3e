package goimap

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/imapfuzz/imapfuzz/harness"
)

// Packages are the import paths under which go-imap's own code lives.
var packages = []string{"github.com/emersion/"}

const (
	user     = "test"
	password = "test"
)

// Server returns go-imap's server (imapserver with imapmemserver) as a target,
// with everything offered that it can do.
func Server() *harness.Server {
	offered, conf := caps(), harness.ServerTLS() // only read, by all runs
	return &harness.Server{
		Name:     "go-imap server",
		User:     user,
		Password: password,
		Open: func() (harness.StartFunc, error) {
			mem, err := store()
			if err != nil {
				return nil, err
			}
			return func(ln net.Listener, w io.Writer) (func(), error) { return serve(mem, ln, w, offered, conf) }, nil
		},
		Packages: packages,
	}
}

// serve serves ln with what mem holds.
func serve(mem *imapmemserver.Server, ln net.Listener, w io.Writer, offered imap.CapSet, conf *tls.Config) (func(), error) {
	srv := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			harness.GrowStack() // of the goroutine that serves the connection
			return mem.NewSession(), nil, nil
		},
		Caps:         offered,
		Logger:       log.New(w, "", 0),
		TLSConfig:    conf,
		InsecureAuth: true,
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		harness.GrowStack()
		srv.Serve(ln)
	}()
	return func() {
		srv.Close()
		<-done
	}, nil
}

// caps is what imapserver and imapmemserver can do.
func caps() imap.CapSet {
	return imap.CapSet{
		imap.CapIMAP4rev1:    {},
		imap.CapIMAP4rev2:    {},
		imap.CapNamespace:    {},
		imap.CapUIDPlus:      {},
		imap.CapESearch:      {},
		imap.CapSearchRes:    {},
		imap.CapListExtended: {},
		imap.CapListStatus:   {},
		imap.CapMove:         {},
		imap.CapStatusSize:   {},
		imap.CapBinary:       {},
		imap.CapChildren:     {},
	}
}

// store makes the account and its mail.
func store() (*imapmemserver.Server, error) {
	mem := imapmemserver.New()
	u := imapmemserver.NewUser(user, password)
	for _, name := range []string{"INBOX", harness.BystanderMailbox()} {
		if err := u.Create(name, nil); err != nil {
			return nil, fmt.Errorf("create %s: %w", name, err)
		}
	}
	flags := harness.MailFlags()
	for i, m := range harness.Mail() {
		if err := deliver(u, "INBOX", m, flags[i]); err != nil {
			return nil, err
		}
	}
	if err := deliver(u, harness.BystanderMailbox(), harness.Mail()[0], ""); err != nil {
		return nil, err
	}
	mem.AddUser(u)
	return mem, nil
}

func deliver(u *imapmemserver.User, mailbox, mail, flags string) error {
	o := &imap.AppendOptions{Time: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
	for _, f := range strings.Fields(flags) {
		o.Flags = append(o.Flags, imap.Flag(f))
	}
	if _, err := u.Append(mailbox, literal(mail), o); err != nil {
		return fmt.Errorf("store a message in %s: %w", mailbox, err)
	}
	return nil
}
