package harness

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
)

func TestWhichCasesInjectPlaintext(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       bool
	}{
		{"a server gets a command with STARTTLS", "target: server\n\nC= \"a starttls\\r\\nb NOOP\\r\\n\"\nS: a OK\nTLS:\n", true},
		{"a server gets a command before TLS", "target: server\n\nC: a STARTTLS\nS: a OK\nC: b NOOP\nTLS:\n", true},
		{"a server gets it on another connection", "target: server\n\nC: a STARTTLS\nS: a OK\nC2: b NOOP\nTLS:\n", false},
		{"a server gets STARTTLS alone", "target: server\n\nC: a NOOP\nC: b STARTTLS\nS: b OK\nTLS:\n", false},
		{"a server gets no STARTTLS", "target: server\n\nC: a NOOP\nTLS:\n", false},
		{"a client gets more than the completion", "target: client\n\nS: * OK x\nD: starttls\nC: STARTTLS\nS: T1 OK x\nS: * OK y\nTLS:\n", true},
		{"a client gets data before the completion", "target: client\n\nS: * OK x\nD: starttls\nC: STARTTLS\nS: * OK y\nS: T1 OK x\nTLS:\n", false},
		{"a client gets an empty line before the completion", "target: client\n\nC: STARTTLS\nS= \"\\r\\nT1 OK x\\r\\n\"\nTLS:\n", false},
		{"a client gets no completion", "target: client\n\nC: STARTTLS\nS: T1 NO x\nTLS:\n", false},
	} {
		c, err := corpus.Parse(tt.name, []byte("imapfuzz case 1\n"+tt.text))
		if err != nil {
			t.Fatal(err)
		}
		if got := injects(c, len(c.Steps)-1); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}
