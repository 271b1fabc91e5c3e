package harness_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/harness/goimap"
	"github.com/imapfuzz/imapfuzz/internal/plants"
)

// ready runs the preflight of target.
func ready(t *testing.T, target harness.Target) error {
	t.Helper()
	c := harness.Preflight(target)
	if _, err := corpus.Parse("preflight", corpus.Format(c)); err != nil {
		t.Fatalf("the preflight is no case: %v", err)
	}
	tr := harness.NewTrial("preflight", c)
	tr.Take(harness.Run(t, target, c, harness.Options{}))
	return tr.Ready()
}

func TestWhatWorksIsReady(t *testing.T) {
	for _, target := range []harness.Target{
		goimap.Server(), goimap.Client(), plants.Server(), plants.Client(),
		&harness.Client{Name: "a fixed program", Drive: logsOut},
	} {
		if err := ready(t, target); err != nil {
			t.Errorf("%s: %v", target.TargetName(), err)
		}
	}
}

// logsOut is a client that only ever does one thing.
func logsOut(_ context.Context, conn net.Conn) error {
	defer conn.Close()
	in := bufio.NewReader(conn)
	if _, err := in.ReadString('\n'); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("a1 LOGOUT\r\n")); err != nil {
		return err
	}
	_, err := in.ReadString('\n')
	return err
}

func TestWhatDoesNotBeginIsNotReady(t *testing.T) {
	wrong := goimap.Server()
	wrong.Password = "wrong"
	silent := &harness.Client{Drive: func(_ context.Context, conn net.Conn) error {
		conn.Close()
		return errors.New("no\nthanks")
	}}
	for _, tt := range []struct {
		target harness.Target
		want   string
	}{
		{wrong, `step 3: want "a1 OK\r\n", got "a1 NO`},
		{silent, `step 2: want "\r\n", got`},
	} {
		err := ready(t, tt.target)
		if err == nil || !strings.HasPrefix(err.Error(), "no card: greeting, login and selection were tried first: "+tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", tt.target.TargetName(), err)
		}
	}
}
