package harness

import (
	"context"
	"io"
	"net"

	"github.com/imapfuzz/imapfuzz/corpus"
)

// A Target is a server or a client under test. Its methods are unexported: the
// targets there are, are the ones of this package.
type Target interface {
	// TargetName is the name under which findings are reported.
	TargetName() string
	// Tests says which cases the target can run.
	Tests() corpus.Target

	execute(r *run)
}

// A StartFunc starts a server on the terms of [Server].
type StartFunc = func(ln net.Listener, log io.Writer) (stop func(), err error)

// Server is a server under test. Start, or Open in its place, is its only required
// field.
//
// Start serves the connections that ln accepts until stop is called; it must
// not block. It writes the server's log to log, since a log is evidence: a
// server that recovers a panic says so nowhere else. Start is called once a
// run, inside a bubble, with an empty store; stop must end every goroutine that
// Start began, and every connection. The account (User, Password) must exist and have an INBOX.
type Server struct {
	Name     string // "server" when empty
	User     string // "test" when empty
	Password string // "test" when empty
	Start    StartFunc

	// Open stands in the place of Start where a server's store can outlive it. It is
	// called once a run, inside the bubble, makes an empty store, and returns what
	// serves that store, on the terms of Start. This start is called once more at
	// each "RESTART:" of a case, when the stop before has returned: what the server
	// would have in its memory alone has to be gone by then, what it would have on
	// disk has to be there. With Start, cases that restart the server fail with
	// [ErrNoRestart], and none are made.
	Open func() (start StartFunc, err error)

	// Lasting, if not nil, says that the store outlives the run: what one run leaves in
	// it the next one finds. It is called once a run, when the store is open, and names
	// the store: UIDs of the same name are held against each other over runs and
	// processes, with a [Ledger]. Two processes must not serve the same store at the
	// same time; one that begins empty needs another name. Cases are then not the same
	// each time: what they find may need what earlier ones left.
	Lasting func() string

	// Packages are the import path prefixes of the target's own code, by which
	// stacks are told apart. Empty: whatever is not the standard library and
	// not imapfuzz.
	Packages []string
}

// Client is a client under test. Drive is its only required field.
//
// Drive does the client's whole work over conn and returns; it owns conn and
// must close it. A nil error claims that everything was done. It is called once
// a run, inside a bubble, and must return when ctx is done and conn is broken.
// A client that can do more than one thing asks [Calls] what the case wants,
// and tells [Report] what it got.
type Client struct {
	Name  string // "client" when empty
	Drive func(ctx context.Context, conn net.Conn) error

	// Calls are examples of the calls that Drive understands ("fetch 1:2
	// body[]"), from which cases are made. Empty: Drive is one fixed program.
	Calls []string

	// Peer is the honest server on which a case rests that scripts no replies
	// ("peer: honest"). Nil: such cases cannot be run.
	Peer *Server

	// Packages is as in Server.
	Packages []string
}

// TargetName returns s.Name, or "server".
func (s *Server) TargetName() string { return orDefault(s.Name, "server") }

// Tests returns corpus.Server.
func (s *Server) Tests() corpus.Target { return corpus.Server }

func (s *Server) user() string     { return orDefault(s.User, "test") }
func (s *Server) password() string { return orDefault(s.Password, "test") }

// TargetName returns c.Name, or "client".
func (c *Client) TargetName() string { return orDefault(c.Name, "client") }

// Tests returns corpus.Client.
func (c *Client) Tests() corpus.Target { return corpus.Client }

func orDefault(s, d string) string {
	if s == "" {
		return d
	}
	return s
}
