package faultnet_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/faultnet/faulttest"
)

// The ways in which a client of pings may be written badly.
type defect string

const (
	sound     defect = ""
	patient   defect = "waits for ever"
	credulous defect = "takes half a reply for a whole one"
	stubborn  defect = "does not listen to ctx"
	panicky   defect = "panics at the end of the stream"
	littering defect = "leaves a goroutine behind"
	quitting  defect = "ends its own goroutine"
)

var errHalf = errors.New("half a reply was taken for a whole one")

// ping is a session that sends PING twice and wants PONG twice: 12 bytes one way,
// 14 the other. How a fault ends it is as it should be, but for its defect.
func ping(d defect) faultnet.Session {
	return func(ctx context.Context, o faultnet.Options) error {
		client, server := faultnet.Pipe(o)
		if d != stubborn {
			defer context.AfterFunc(ctx, func() { client.Close(); server.Close() })()
		}
		defer client.Close()
		go pong(server)
		in := bufio.NewReader(client)
		for i := range 2 {
			if d != patient && d != stubborn {
				client.SetDeadline(time.Now().Add(time.Minute))
			}
			if _, err := client.Write([]byte("PING\r\n")); err != nil {
				return graceful(err)
			}
			got, err := in.ReadString('\n')
			switch {
			case err == nil && got == "+PONG\r\n":
			case d == credulous && len(got) > 0:
				return errHalf
			case d == panicky && errors.Is(err, io.EOF):
				panic("no end was expected")
			case d == littering && errors.Is(err, io.EOF) && i == 1:
				go func() { select {} }()
			case d == quitting && err != nil:
				runtime.Goexit()
			}
			if err != nil {
				return graceful(err)
			}
		}
		return nil
	}
}

// pong answers until its client is gone.
func pong(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for line, err := in.ReadString('\n'); err == nil && line == "PING\r\n"; line, err = in.ReadString('\n') {
		if _, err := c.Write([]byte("+PONG\r\n")); err != nil {
			return
		}
	}
}

// graceful returns err unless it is one that a network may cause.
func graceful(err error) error {
	for _, fine := range []error{io.EOF, syscall.ECONNRESET, syscall.EPIPE, os.ErrDeadlineExceeded, net.ErrClosed} {
		if errors.Is(err, fine) {
			return nil
		}
	}
	return err
}

// faults reads faults with commas between them.
func faults(t testing.TB, text string) []faultnet.Fault {
	t.Helper()
	var all []faultnet.Fault
	for _, one := range strings.Split(text, ",") {
		f, err := faultnet.ParseFault(one)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

func TestASweepMeetsEveryByteOfBothSides(t *testing.T) {
	type key struct {
		side faultnet.Side
		at   int64
		kind faultnet.Kind
	}
	struck := map[key]int{}
	first, last := faultnet.SweepProgress{}, faultnet.SweepProgress{}
	report := faulttest.Sweep(t, faultnet.Sweep{
		Session: ping(sound),
		Options: faultnet.Options{Tap: func(e faultnet.Event) {
			if e.Op == faultnet.Struck {
				struck[key{e.Side, e.Pos, e.Strike.Fault.Kind}]++
			}
		}},
		OnProgress: func(p faultnet.SweepProgress) {
			if first.Points == 0 {
				first = p
			}
			last = p
		},
	})
	const points = 3 * (13 + 15)
	if report.Client != 12 || report.Server != 14 || report.Points != points || report.Ran != points || report.Struck != points {
		t.Errorf("%+v", report)
	}
	if len(report.Stretches) != 0 {
		t.Errorf("a sound client is faulted:\n%s", report)
	}
	for _, kind := range []faultnet.Kind{faultnet.Cut, faultnet.Reset, faultnet.Stall} {
		for at := range int64(15) {
			if struck[key{faultnet.Server, at, kind}] != 1 || at <= 12 && struck[key{faultnet.Client, at, kind}] != 1 {
				t.Errorf("%s at %d: not once on each side", kind, at)
			}
		}
	}
	if len(struck) != points {
		t.Errorf("%d different points were struck", len(struck))
	}
	if first != (faultnet.SweepProgress{Points: points}) || last != (faultnet.SweepProgress{Points: points, Done: points}) {
		t.Errorf("progress began with %+v and ended with %+v", first, last)
	}
}

func TestADefectIsFoundInItsStretchAndNowhereElse(t *testing.T) {
	const here = "hang at sweep_test.go:"
	for _, tt := range []struct {
		defect defect
		faults string
		want   []string // how the lines begin
		is     error
	}{
		{credulous, "cut, flip 0x01", []string{
			"server 1..6: cut: half a reply was taken for a whole one",
			"server 8..13: cut: half a reply was taken for a whole one",
			"server 0..13: flip 0x01: half a reply was taken for a whole one",
		}, errHalf},
		{patient, "stall 31m, noread 31m", []string{
			"client 0..11: stall 31m: " + here, "server 0..13: stall 31m: " + here,
			"client 0..11: noread 31m: " + here, "server 0..13: noread 31m: " + here,
		}, faultnet.ErrHang},
		{stubborn, "stall 31m", []string{"client 0..11: stall 31m: " + here, "server 0..13: stall 31m: " + here}, faultnet.ErrHang},
		{panicky, "cut", []string{
			"client 0..12: cut: panic: no end was expected",
			"server 0..13: cut: panic: no end was expected",
		}, faultnet.ErrPanic},
		{littering, "cut", []string{"client 7..12: cut: leak", "server 7..13: cut: leak"}, faultnet.ErrLeak},
		{sound, "hole", []string{"client 0..12: hole: leak"}, faultnet.ErrLeak}, // the server is never told
		{quitting, "cut", []string{"client 0..12: cut: the session's goroutine", "server 0..13: cut: the session's goroutine"}, nil},
	} {
		t.Run(string(tt.defect), func(t *testing.T) {
			report := faulttest.Sweep(t, faultnet.Sweep{Session: ping(tt.defect), Faults: faults(t, tt.faults)})
			ok := len(report.Stretches) == len(tt.want)
			for i, s := range report.Stretches {
				ok = ok && strings.HasPrefix(s.String(), tt.want[i])
				if tt.is != nil && !errors.Is(s.Err, tt.is) {
					t.Errorf("%s: want %v, got %v", s, tt.is, s.Err)
				}
				var stack *faultnet.StackError
				if tt.is != nil && tt.is != errHalf && (!errors.As(s.Err, &stack) || !strings.Contains(stack.Stacks, "sweep_test.go")) {
					t.Errorf("%s: no stacks that lead here: %+v", s, s.Err)
				}
			}
			if !ok {
				t.Errorf("want\n%s\ngot\n%s", strings.Join(tt.want, "\n"), report)
			}
		})
	}
}

func TestPointsThatAreNotReachedAreReported(t *testing.T) {
	two, one := ping(sound), 0
	report, err := faultnet.Sweep{
		Session: faulttest.Bubble(t, 0, func(ctx context.Context, o faultnet.Options) error {
			if len(o.Plan.Rules) == 0 {
				return two(ctx, o)
			}
			one++
			client, server := faultnet.Pipe(o)
			defer client.Close()
			go pong(server)
			client.SetDeadline(time.Now().Add(time.Minute))
			client.Write([]byte("PING\r\n"))
			_, err := bufio.NewReader(client).ReadString('\n')
			return graceful(err)
		}),
		Faults: faults(t, "cut"),
	}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range report.Unreached {
		got = append(got, u.String())
	}
	want := []string{"client 7..12: cut: not reached", "server 8..14: cut: not reached"}
	if !slices.Equal(got, want) || report.Ran != 28 || one != 28 || report.Struck != 28-13 || len(report.Stretches) != 0 {
		t.Errorf("want %q, got %q, and\n%s", want, got, report)
	}
}

func TestAReportDoesNotDependOnHowManyWork(t *testing.T) {
	reports := map[string]int{}
	for _, workers := range []int{0, 1, 2, 7, -1} {
		report := faulttest.Sweep(t, faultnet.Sweep{
			Session: ping(credulous), Faults: faults(t, "cut, flip 0x20, duplicate line"), Workers: workers,
			Name: func(side faultnet.Side, at int64) string { return fmt.Sprintf("line %d", 1+at/7) },
		})
		reports[report.String()]++
	}
	if len(reports) != 1 {
		t.Errorf("they differ: %v", reports)
	}
}

func TestStretchesSayWhatStandsThere(t *testing.T) {
	report := faulttest.Sweep(t, faultnet.Sweep{
		Session: ping(credulous), Faults: faults(t, "cut, flip 0x20"), Sides: []faultnet.Side{faultnet.Server},
		Name: func(side faultnet.Side, at int64) string {
			return [...]string{"the first reply", "the second reply", "the end"}[at/7]
		},
	})
	want := `client 12 bytes, server 14 bytes: 30 points, 30 run, 30 struck
server 1..6, the first reply: cut: half a reply was taken for a whole one
server 8..13, the second reply: cut: half a reply was taken for a whole one
server 0..13, from the first reply to the second reply: flip 0x20: half a reply was taken for a whole one
`
	if got := report.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if n := report.Stretches[0].Points(); n != 6 {
		t.Errorf("%d points in the first stretch", n)
	}
}

func TestASweepAddsToThePlanThatThereIs(t *testing.T) {
	plan, err := faultnet.ParsePlan("client: chop 1; server: delay 1s")
	if err != nil {
		t.Fatal(err)
	}
	runs := 0
	report := faulttest.Sweep(t, faultnet.Sweep{
		Session: func(ctx context.Context, o faultnet.Options) error {
			if runs++; len(o.Plan.Rules) != 2 && runs == 1 || len(o.Plan.Rules) != 3 && runs > 1 {
				return fmt.Errorf("%d rules in run %d", len(o.Plan.Rules), runs)
			}
			return ping(sound)(ctx, o)
		},
		Faults: faults(t, "cut"), Options: faultnet.Options{Plan: plan},
	})
	if len(report.Stretches) != 0 || report.Struck != 28 || len(plan.Rules) != 2 {
		t.Error(report)
	}
}

func TestASweepEndsWithWhatItHas(t *testing.T) {
	for _, workers := range []int{1, 3} {
		ctx, cancel := context.WithCancel(t.Context())
		report, err := faultnet.Sweep{
			Session: faulttest.Bubble(t, 0, ping(credulous)), Faults: faults(t, "cut"), Workers: workers,
			Sides: []faultnet.Side{faultnet.Server},
			OnProgress: func(p faultnet.SweepProgress) {
				if p.Done == 5 {
					cancel()
				}
			},
		}.Run(ctx)
		if !errors.Is(err, context.Canceled) || report == nil || report.Ran != 5 || report.Points != 15 || len(report.Stretches) == 0 {
			t.Errorf("%v, %v", err, report)
		}
	}
}

func TestASweepThatMakesNoSenseIsRefused(t *testing.T) {
	bad := errors.New("no server")
	runs := 0
	fine := func(ctx context.Context, o faultnet.Options) error { runs++; return ping(sound)(ctx, o) }
	rule := faultnet.Rule{Side: faultnet.Client}
	for _, tt := range []struct {
		sweep faultnet.Sweep
		want  string
	}{
		{faultnet.Sweep{}, "there is no session"},
		{faultnet.Sweep{Session: fine, Faults: []faultnet.Fault{{Kind: faultnet.Stall, D: -1}}}, "stall needs a duration"},
		{faultnet.Sweep{Session: fine, Faults: []faultnet.Fault{{Kind: faultnet.Refuse}}}, "refuse has no point in a stream"},
		{faultnet.Sweep{Session: fine, Sides: []faultnet.Side{9}}, "client or the server"},
		{faultnet.Sweep{Session: fine, Options: faultnet.Options{Plan: faultnet.Plan{Rules: []faultnet.Rule{rule}}}}, "no fault"},
		{faultnet.Sweep{Session: func(context.Context, faultnet.Options) error { return bad }}, "without a fault the session ends with: no server"},
		{faultnet.Sweep{Session: func(context.Context, faultnet.Options) error { return nil }}, "nothing was sent"},
	} {
		report, err := tt.sweep.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), tt.want) || report != nil {
			t.Errorf("want %q, got %v and %v", tt.want, err, report)
		}
	}
	if runs != 0 {
		t.Errorf("%d sessions of sweeps that were refused", runs)
	}
}

// TestOutsideABubbleALimitIsRealTime has a session that waits for ever.
func TestOutsideABubbleALimitIsRealTime(t *testing.T) {
	s := faultnet.Session(func(ctx context.Context, o faultnet.Options) error {
		<-ctx.Done()
		return nil
	})
	err := s.Within(20*time.Millisecond)(t.Context(), faultnet.Options{})
	var stack *faultnet.StackError
	if !errors.Is(err, faultnet.ErrHang) || !errors.As(err, &stack) || !strings.HasPrefix(err.Error(), "hang at sweep_test.go:") ||
		!strings.Contains(stack.Stacks, "TestOutsideABubbleALimitIsRealTime") {
		t.Errorf("%v", err)
	}
	if err := ping(sound).Within(time.Minute)(t.Context(), faultnet.Options{}); err != nil {
		t.Error(err)
	}
}

// TestTheSameSweepOverTCP has the same defect in the same stretches.
func TestTheSameSweepOverTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	defer all.Wait()
	defer l.Close()
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { pong(c) })
		}
	})
	report, err := faultnet.Sweep{
		Session: faultnet.Session(func(ctx context.Context, o faultnet.Options) error {
			d := faultnet.Dialer{Options: func(int) faultnet.Options { return o }}
			c, err := d.DialContext(ctx, "tcp", l.Addr().String())
			if err != nil {
				return err
			}
			defer c.Close()
			in := bufio.NewReader(c)
			for range 2 {
				if _, err := c.Write([]byte("PING\r\n")); err != nil {
					return graceful(err)
				}
				if got, err := in.ReadString('\n'); err != nil && len(got) > 0 {
					return errHalf
				} else if err != nil {
					return graceful(err)
				}
			}
			return nil
		}).Within(10 * time.Second),
		Faults: faults(t, "cut, reset"),
	}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := `client 12 bytes, server 14 bytes: 56 points, 56 run, 56 struck
server 1..6: cut: half a reply was taken for a whole one
server 8..13: cut: half a reply was taken for a whole one
server 1..6: reset: half a reply was taken for a whole one
server 8..13: reset: half a reply was taken for a whole one
`
	if got := report.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
