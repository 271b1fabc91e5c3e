package goimap

import (
	"bytes"
	"testing"
	"testing/iotest"
)

func TestALiteralReadsAsItsString(t *testing.T) {
	for _, s := range []string{"", "x", "Subject: x\r\n\r\nhello\r\n"} {
		if err := iotest.TestReader(literal(s), []byte(s)); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestABufferNeedsNoRoomBehindALiteral(t *testing.T) {
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(literal("x")); err != nil || buf.String() != "x" {
		t.Fatalf("read %q, %v", buf.String(), err)
	}
	if buf.Cap() > 512 {
		t.Errorf("the buffer has grown to %d bytes", buf.Cap())
	}
}
