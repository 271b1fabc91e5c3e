package harness

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func TestWhatOfExtensionsACommandHas(t *testing.T) {
	for line, want := range map[string]string{
		`LIST "" %`:     "",
		`LIST "" (a b)`: "LIST with options",
		`LIST "" % RETURN (STATUS (MESSAGES SIZE) CHILDREN)`: "LIST with options, LIST RETURN (STATUS), STATUS SIZE",
		`LIST (SPECIAL-USE X-A ("b" (c))) "" % RETURN ()`:    "LIST with options, LIST with SPECIAL-USE",
		`LIST () "" % RETURN (SPECIAL-USE)`:                  "LIST with options, LIST with SPECIAL-USE",
		`LSUB "" *`:                                          "",
		`STATUS a (MESSAGES RECENT UIDNEXT)`:                 "",
		`STATUS "SIZE" (size deleted HIGHESTMODSEQ)`:         "STATUS SIZE, STATUS DELETED, STATUS HIGHESTMODSEQ",
		`STATUS a (APPENDLIMIT MAILBOXID DELETED-STORAGE)`:   "STATUS APPENDLIMIT, STATUS MAILBOXID, STATUS DELETED-STORAGE",
		`SELECT "(CONDSTORE)"`:                               "",
		`SELECT a (CONDSTORE)`:                               "CONDSTORE",
		`EXAMINE a (QRESYNC (1 2))`:                          "QRESYNC",
		`CREATE "a (USE (\\Sent))"`:                          "",
		`CREATE a (USE (\Sent))`:                             "CREATE (USE)",
		`FETCH 1 (FLAGS BODY.PEEK[BINARY.HEADER])`:           "",
		`FETCH 1 (FLAGS BODY.PEEK[HEADER.FIELDS (MODSEQ)])`:  "",
		`FETCH 1 (MODSEQ BINARY.PEEK[1] BINARY.SIZE[1])`:     "MODSEQ, FETCH BINARY.PEEK, FETCH BINARY.SIZE",
		`FETCH $ (PREVIEW SAVEDATE EMAILID THREADID)`:        "$, FETCH PREVIEW, FETCH SAVEDATE, FETCH EMAILID, FETCH THREADID",
		`UID FETCH 1:* FLAGS (CHANGEDSINCE 4 VANISHED)`:      "CHANGEDSINCE, VANISHED",
		`STORE 1 +FLAGS (unchangedsince)`:                    "",
		`UID STORE 1 (UNCHANGEDSINCE 4) FLAGS ()`:            "UNCHANGEDSINCE",
		`COPY $ a`:                           "$",
		`COPY 1 $`:                           "",
		`SEARCH NOT FROM "RETURN"`:           "",
		`SEARCH RETURN (SAVE) OLDER 5 UID $`: "SEARCH OLDER, $, SEARCH RETURN, SEARCH RETURN (SAVE)",
		`UID SEARCH OR MODSEQ 5 NOT SAVEDON 1-Jan-2024`: "MODSEQ, SEARCH SAVEDON",
		`SEARCH THREADID T1`:                            "SEARCH THREADID",
		`MOVE 1 a`:                                      "MOVE",
		`AUTHENTICATE PLAIN AAA=`:                       "initial response",
		"APPEND a {1}\r\nx":                             "",
		"APPEND {1}\r\na {1}\r\nx":                      "",
		"APPEND a {1}\r\nx {1}\r\ny {1}\r\nz":           "APPEND of several messages",
	} {
		var c Command
		c.Command, c.Err = imapwire.ParseCommand([]byte("a "+line+"\r\n"), imapwire.Any)
		if strings.Contains(line, "BINARY.HEADER") {
			if c.Err == nil {
				t.Errorf("%s has no error", line)
			}
		} else if c.Err != nil {
			t.Errorf("%s: %v", line, c.Err)
			continue
		}
		c.EachLiteral(func(lit imapwire.Literal, _ []byte) { c.Literals = append(c.Literals, CommandLiteral{Literal: lit}) })
		var got []string
		for _, u := range c.uses() {
			got = append(got, u.what)
		}
		if strings.Join(got, ", ") != want {
			t.Errorf("%s has %q, want %q", line, strings.Join(got, ", "), want)
		}
	}
}

func TestACapabilityWithAnyValueIsOneThatBeginsSo(t *testing.T) {
	for told, want := range map[string]bool{"IMAP4rev1 APPENDLIMIT=5": true, "appendlimit=": true, "APPENDLIMIT": false, "XAPPENDLIMIT=5": false, "": false} {
		if got := hasCapability([]byte(told), "APPENDLIMIT="); got != want {
			t.Errorf("%q: %t", told, got)
		}
	}
}
