package plants

import (
	"fmt"
	"io"
	"net"
	"slices"
	"sync"

	"github.com/imapfuzz/imapfuzz/harness"
)

// packages is where the code of the planted targets lives.
var packages = []string{"github.com/imapfuzz/imapfuzz/internal/plants"}

const (
	user     = "test"
	password = "test"
)

// Server returns the server with the given defects as a target, or its clean
// twin if there are none. It panics if there is no defect of a name.
func Server(bugs ...string) *harness.Server {
	return opening(bugs, newStore)
}

// Lasting returns the server with a store that lasts as long as the target: what one
// run leaves the next one finds, and a defect that strikes at a restart strikes
// between runs, too. name is the store's.
func Lasting(name string, bugs ...string) *harness.Server {
	var st *store
	s := opening(bugs, func() *store {
		if st == nil {
			st = newStore()
		}
		return st
	})
	s.Lasting = func() string { return name }
	return s
}

// opening returns a server with the store that open returns.
func opening(bugs []string, open func() *store) *harness.Server {
	check(bugs)
	return &harness.Server{
		Name:     "planted server",
		User:     user,
		Password: password,
		Packages: packages,
		Open: func() (harness.StartFunc, error) {
			st := open()
			return func(ln net.Listener, log io.Writer) (func(), error) {
				srv := &server{
					bugs: bugs, ln: ln, log: log, store: st, conns: make(map[net.Conn]bool),
					gate: make(chan struct{}, 1), never: make(chan struct{}),
				}
				if st.srv == nil {
					st.age(srv)
				} else {
					st.spoil(srv)
				}
				st.srv = srv
				srv.running.Go(srv.accept)
				return srv.stop, nil
			}, nil
		},
	}
}

// check panics if there is no plant of a name.
func check(bugs []string) {
	for _, name := range bugs {
		if !slices.Contains(variants, name) && !slices.ContainsFunc(Bugs(), func(p Plant) bool { return p.Name == name }) {
			panic(fmt.Sprintf("plants: there is no plant %q", name))
		}
	}
}

// A server is one that runs.
type server struct {
	bugs    []string
	ln      net.Listener
	log     io.Writer
	store   *store
	running sync.WaitGroup

	mu      sync.Mutex
	conns   map[net.Conn]bool
	stopped bool

	// Of defects alone:
	gate  chan struct{} // what "writes-in-turn" takes while it writes
	never chan struct{} // nobody ever sends on it
	mutex sync.Mutex    // what "lock-twice" takes twice
	shut  bool          // what "bad-shuts-logins" sets
}

// has reports whether the defect, or the variant, of that name is switched on.
func (srv *server) has(bug string) bool { return slices.Contains(srv.bugs, bug) }

// accept serves connections until the listener is closed.
func (srv *server) accept() {
	for {
		conn, err := srv.ln.Accept()
		if err != nil {
			return
		}
		if !srv.admit(conn) {
			conn.Close()
			return
		}
		srv.running.Go(func() {
			defer srv.forget(conn)
			newSession(srv, conn).serve()
		})
	}
}

func (srv *server) admit(conn net.Conn) bool {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if !srv.stopped {
		srv.conns[conn] = true
	}
	return !srv.stopped
}

func (srv *server) forget(conn net.Conn) {
	srv.mu.Lock()
	delete(srv.conns, conn)
	srv.mu.Unlock()
	if !srv.has("logout-stays-open") && !srv.has("bye-stays-open") {
		conn.Close()
	}
}

// stop ends the server and returns when all its goroutines have ended.
func (srv *server) stop() {
	srv.ln.Close()
	srv.mu.Lock()
	srv.stopped = true
	for conn := range srv.conns {
		conn.Close()
	}
	srv.mu.Unlock()
	if srv.has("stop-hangs") {
		<-srv.never
	}
	srv.running.Wait()
}
