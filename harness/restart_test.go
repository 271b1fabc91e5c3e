package harness_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// restarted is a case in which a session stores mail, and another finds it after a
// restart.
const restarted = head + `
C: a1 LOGIN test test
S: a1 OK
C: a2 SELECT INBOX
S: a2 OK
C= "a3 APPEND INBOX {12}\r\n"
S: +
C= "a: b\r\n\r\nhi\r\n\r\n"
S: a3 OK
C: a4 IDLE
S: +
C3: c1 NOOP
S3: c1 OK
RESTART:
C2: b1 LOGIN test test
S2: b1 OK
C2: b2 SELECT INBOX
S2: * 4 EXISTS
S2: b2 OK
C2: b3 NOOP
S2: b3 OK
C2: b4 NOOP
S2: b4 OK
`

// broken is the reference server, but for what it does at its second start.
func broken(second func(stop func()) (func(), error)) *harness.Server {
	return plants.Server().Wrapped(func(start harness.StartFunc) harness.StartFunc {
		starts := 0
		return func(ln net.Listener, log io.Writer) (func(), error) {
			stop, err := start(ln, log)
			if starts++; starts < 2 || err != nil {
				return stop, err
			}
			return second(stop)
		}
	})
}

func TestRestart(t *testing.T) {
	for name, server := range map[string]*harness.Server{"the reference server": plants.Server(), "go-imap": goimap.Server()} {
		t.Run(name+" keeps its mail, and nobody is to blame for the end of the sessions", func(t *testing.T) {
			r := play(t, server, parse(t, restarted))
			wantNone(t, r)
			if len(r.Record.Diverged) > 0 || r.Record.Restarts != 1 {
				t.Errorf("%d restarts, %v\n%s", r.Record.Restarts, r.Record.Diverged, r.Record.Transcript())
			}
			again := play(t, server, parse(t, r.Record.Transcript().String()))
			if len(again.Record.Diverged) > 0 || again.Record.Restarts != 1 {
				t.Errorf("the transcript does not replay: %v\n%s", again.Record.Diverged, again.Record.Transcript())
			}
		})
	}
	t.Run("a server that cannot be restarted is told so by its name", func(t *testing.T) {
		r := harness.Run(t, &harness.Server{Name: "my server", Start: tiny}, parse(t, restarted), harness.Options{})
		if !errors.Is(r.Err, harness.ErrNoRestart) || !strings.HasPrefix(r.Err.Error(), "my server: ") {
			t.Errorf("got %v", r.Err)
		}
	})
	t.Run("so is one that says both how it starts and how it opens", func(t *testing.T) {
		s := plants.Server()
		s.Start = tiny
		if r := harness.Run(t, s, parse(t, restarted), harness.Options{}); r.Err == nil || r.Err.Error() != "planted server: want Start or Open, got both" {
			t.Errorf("got %v", r.Err)
		}
	})
	t.Run("a connection that has ended with a restart is not dialed again", func(t *testing.T) {
		r := play(t, plants.Server(), parse(t, head+"\nC: a1 NOOP\nS: a1 OK\nRESTART:\nC: a2 NOOP\nS: a2 OK\n"))
		wantNone(t, r)
		if len(r.Record.Diverged) != 2 || r.Record.Diverged[0] != "step 4: connection 1 ended with a restart" {
			t.Errorf("got %q", r.Record.Diverged)
		}
	})
	t.Run("restarts may stand first, last, and side by side", func(t *testing.T) {
		r := play(t, plants.Server(), parse(t, head+"\nRESTART:\nRESTART:\nC: a1 LOGIN test test\nS: a1 OK\nRESTART:\n"))
		wantNone(t, r)
		if r.Record.Restarts != 3 || len(r.Record.Diverged) > 0 {
			t.Errorf("%d restarts, %v", r.Record.Restarts, r.Record.Diverged)
		}
	})
	t.Run("so may a session that has a mailbox open in TLS", func(t *testing.T) {
		r := play(t, plants.Server(), parse(t, head+"\nC: a1 STARTTLS\nS: a1 OK\nTLS:\nC: a2 LOGIN test test\nC: a3 SELECT INBOX\nC: a4 STORE 1 +FLAGS (\\Draft)\nRESTART:\nC2: b1 LOGIN test test\nS2: b1 OK\n"))
		wantNone(t, r)
	})
}

func TestAServerThatDoesNotComeBack(t *testing.T) {
	const text = head + "\nC: a1 LOGIN test test\nRESTART:\nC2: b1 LOGIN test test\nS2: b1 OK\n"
	t.Run("that does not start again is to blame", func(t *testing.T) {
		r := play(t, broken(func(stop func()) (func(), error) {
			stop()
			return nil, errors.New("the store is locked")
		}), parse(t, text))
		if got := list(r.Findings); len(r.Findings) != 1 || r.Findings[0].Bucket() != "state/bystander/restart/start" || !strings.Contains(got, "the store is locked") {
			t.Errorf("got\n%s", got)
		}
	})
	t.Run("nor does one that does not end", func(t *testing.T) {
		r := play(t, plants.Server("stop-hangs"), parse(t, text))
		if len(r.Findings) == 0 || r.Findings[0].Bucket() != "hang/bystander/stop/stop" {
			t.Errorf("got\n%s", list(r.Findings))
		}
	})
	t.Run("what it leaves behind when it ends is a leak", func(t *testing.T) {
		s := plants.Server().Wrapped(func(start harness.StartFunc) harness.StartFunc {
			var once sync.Once
			return func(ln net.Listener, log io.Writer) (func(), error) {
				once.Do(func() { go time.Sleep(1000 * time.Hour) })
				return start(ln, log)
			}
		})
		if r := play(t, s, parse(t, text)); len(r.Findings) != 1 || r.Findings[0].Kind != harness.Leak {
			t.Errorf("got\n%s", list(r.Findings))
		}
	})
}

func TestWhatGoesWrongAfterARestartIsNotTheRestarts(t *testing.T) {
	const text = head + `
C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 FETCH 1:* FLAGS
RESTART:
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C2: b3 STORE 1 FLAGS.SILENT (\Flagged \Answered)
C2: b4 FETCH 1 FLAGS
`
	lost := plants.Server()
	for _, p := range plants.Bugs() {
		if p.Name == "silent-store-lost" {
			lost, _ = p.Target(false).(*harness.Server)
		}
	}
	r := play(t, lost, parse(t, text))
	if len(r.Findings) != 1 || r.Findings[0].Bucket() != "lie/store-flags/FETCH" {
		t.Errorf("want lie/store-flags/FETCH, got\n%s\n%s", list(r.Findings), r.Record.Transcript())
	}
	wantNone(t, play(t, plants.Server(), parse(t, text)))
}

func TestFlagsThatWereSeenToHoldAreLostByWhatComesThen(t *testing.T) {
	const text = head + `
C: a1 LOGIN test test
C: a2 SELECT INBOX
C: a3 UID STORE * +FLAGS (\Draft \Answered)
C: a4 FETCH 1:* FLAGS
RESTART:
C2: b1 LOGIN test test
C2: b2 SELECT INBOX
C2: b3 FETCH 1:* FLAGS
`
	forgets := plants.Server()
	for _, p := range plants.Bugs() {
		if p.Name == "restart-loses-flags" {
			forgets, _ = p.Target(false).(*harness.Server)
		}
	}
	r := play(t, forgets, parse(t, text))
	if len(r.Findings) != 1 || r.Findings[0].Bucket() != "lie/store-flags/restart" || !strings.HasSuffix(r.Findings[0].Summary, `and should have \Answered \Draft`) {
		t.Errorf("want lie/store-flags/restart, got\n%s\n%s", list(r.Findings), r.Record.Transcript())
	}
	wantNone(t, play(t, plants.Server(), parse(t, text)))
}
