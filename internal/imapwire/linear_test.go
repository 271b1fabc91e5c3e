package imapwire

import (
	"strings"
	"testing"
)

// Work that grows with the square of the input would take these tests minutes; it
// is linear and they take a blink.

func TestFramingIsLinear(t *testing.T) {
	for name, stream := range map[string]string{
		"one long line":           "* X " + strings.Repeat("a", 4<<20) + "\r\n",
		"one long literal":        "* X {4194304}\r\n" + strings.Repeat("\n", 4<<20) + "\r\n",
		"very many literals":      "* X " + strings.Repeat("{1}\r\n\n", 1<<18) + "\r\n",
		"many literals in a code": "* NO [" + strings.Repeat("{1}\r\n\n", 1<<18) + "]\r\n",
	} {
		t.Run(name+", octet by octet", func(t *testing.T) {
			for _, client := range []bool{false, true} {
				got := units(&Framer{Client: client}, []byte(stream), 1)
				if len(got) != 1 || got[0] != len(stream) {
					t.Errorf("client %t: %d units", client, len(got))
				}
			}
		})
	}
}

func TestParsingIsLinear(t *testing.T) {
	many := func(s string, n int) string { return strings.Repeat(s, n) }
	const n = 1 << 18
	for _, line := range []string{
		"* SEARCH" + many(" 7", n), "* FLAGS (x" + many(" x", n) + ")", "* 1 FETCH (UID 1" + many(" UID 1", n) + ")",
		"* 1 FETCH (ENVELOPE (NIL NIL (" + many("(NIL NIL NIL NIL)", n) + ") NIL NIL NIL NIL NIL NIL NIL))",
		"* 1 FETCH (BODY (" + many("(\"A\" \"B\" NIL NIL NIL \"7BIT\" 1)", n) + " \"MIXED\"))",
		"* LIST () NIL \"" + many("&AOk-x", n) + "\"", "* ESEARCH" + many(" X (a)", n), "* OK [COPYUID 1 1" + many(",1", n) + " 1] x", "* OK " + many("\u00e9", n),
		"* THREAD " + many("(1)", n), "* QUOTA" + many(" {1}\r\na", n), "* CAPABILITY IMAP4rev1 IMAP4rev2" + many(" X", n),
	} {
		if _, err := ParseResponse(unitOf(line), Any); err != nil {
			t.Errorf("%.40q...: %v", line, err)
		}
	}
	for _, line := range []string{
		"a SEARCH ALL" + many(" OR SEEN DRAFT", n), "a FETCH 1" + many(",1:*", n) + " ALL", "a STORE 1 FLAGS x" + many(" x", n), "a SELECT " + many("&AOk-x", n),
		"a ID (\"a\" {1}\r\nb" + many(" \"a\" {1}\r\nb", n) + ")", "a LIST (X" + many(" X", n) + ") \"\" *", "a APPEND x {1}\r\na" + many(" () {1}\r\na", n), "a LOGIN a \"" + many(`\\`, n) + "\"",
	} {
		if _, err := ParseCommand(unitOf(line), Rev1); err != nil {
			t.Errorf("%.40q...: %v", line, err)
		}
	}
}
