//go:build !race

// go-imap's client has data races of its own.

package goimap

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/faultnet/faulttest"
)

// a9 is what a sweep of all positions of a session may take.
const a9 = 2 * time.Second

// mailSession is a session of about a kilobyte of go-imap's client with its
// server. That the client reports an error when the network breaks is as it
// should be; that it waits for ever is not.
func mailSession(ctx context.Context, o faultnet.Options) error {
	ln := faultnet.NewListener(faultnet.ListenOptions{})
	defer ln.Close()
	stop, err := Server().Serve(ln, io.Discard)
	if err != nil {
		return err
	}
	defer stop()
	link, err := ln.Dial(ctx, o)
	if err != nil {
		return err
	}
	c := imapclient.New(link.Client(), nil)
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	err = mailWork(c)
	if len(o.Plan.Rules) > 0 {
		return nil
	}
	return err
}

func mailWork(c *imapclient.Client) error {
	if err := c.Login(user, password).Wait(); err != nil {
		return err
	}
	const mail = "From: a@example.com\r\nSubject: hello\r\n\r\nHow are you?\r\n"
	app := c.Append("INBOX", int64(len(mail)), nil)
	io.WriteString(app, mail)
	app.Close()
	if _, err := app.Wait(); err != nil {
		return err
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		return err
	}
	body := &imap.FetchItemBodySection{Peek: true}
	if _, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{Flags: true, BodySection: []*imap.FetchItemBodySection{body}}).Collect(); err != nil {
		return err
	}
	return c.Logout().Wait()
}

// sweepMail sweeps a mailSession with cut, reset and stall.
func sweepMail(t *testing.T, workers int) *faultnet.SweepReport {
	return faulttest.Sweep(t, faultnet.Sweep{Session: mailSession, Workers: workers})
}

func TestASweepOfAMailSessionNamesTheHangs(t *testing.T) {
	report := sweepMail(t, 0)
	points := 3 * int(report.Client+report.Server+2)
	if report.Client+report.Server < 1024 || report.Points != points || report.Ran != points || report.Struck != points {
		t.Errorf("%d points:\n%s", points, report)
	}
	hanging := 0
	for _, s := range report.Stretches {
		var stack *faultnet.StackError
		switch {
		case !errors.Is(s.Err, faultnet.ErrHang):
			continue
		case !errors.As(s.Err, &stack) || !strings.Contains(stack.Stacks, "imapclient."):
			t.Errorf("%s: no stacks of the client", s)
		case s.Fault.Kind != faultnet.Stall || !strings.Contains(s.Outcome, "sweep_test.go:"):
			t.Errorf("%s", s)
		}
		hanging += s.Points()
	}
	if hanging < 50 {
		t.Errorf("%d points hang", hanging)
	}
	t.Logf("%d of %d points hang:\n%s", hanging, report.Points, report)
}

// BenchmarkSweep prints how long it takes to go over all positions of a session.
func BenchmarkSweep(b *testing.B) {
	var points, bytes float64
	for b.Loop() {
		all := func(string, string) (bool, error) { return true, nil }
		testing.RunTests(all, []testing.InternalTest{{Name: "bench", F: func(t *testing.T) {
			report := sweepMail(t, -1)
			points, bytes = float64(report.Ran), float64(report.Client+report.Server)
		}}})
	}
	s := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(s, "s/sweep")
	b.ReportMetric(a9.Seconds(), "s/limit")
	b.ReportMetric(points, "points")
	b.ReportMetric(bytes, "session-bytes")
	b.ReportMetric(0, "ns/op")
}
