package imapwire

import (
	"fmt"
	"testing"
)

// showCommand prints what the accessors say of a command.
func showCommand(cmd Command) (what string) {
	if m, ok := cmd.Mailbox(); ok {
		what += fmt.Sprintf("box %q ", MailboxName(m))
	}
	if m, ok := cmd.NewName(); ok {
		what += fmt.Sprintf("new %q ", m)
	}
	if s, saved, ok := cmd.Set(); ok {
		what += fmt.Sprintf("set %s %t ", FormatSet(s), saved)
	}
	if u, p, ok := cmd.Login(); ok {
		what += fmt.Sprintf("user %q password %q ", u, p)
	}
	if m, i, ok := cmd.Authenticate(); ok {
		what += fmt.Sprintf("mechanism %s %q %t ", m, i, i == nil)
	}
	if w, ok := cmd.Enables(); ok {
		what += fmt.Sprintf("enable %s ", w.Strings())
	}
	if w, ok := cmd.StatusAtts(); ok {
		what += fmt.Sprintf("atts %s ", w.Strings())
	}
	if p, ok := cmd.SelectParams(); ok && (p.Condstore || p.QResync) {
		what += fmt.Sprintf("%t %t %d %d %v %v %v ", p.Condstore, p.QResync, p.UIDValidity, p.ModSeq, p.KnownUIDs, p.MatchNumbers, p.MatchUIDs)
	}
	if l, ok := cmd.ListArgs(); ok {
		what += fmt.Sprintf("select %s ref %q return %s ", l.Select, l.Reference, l.Return)
		l.EachPattern(func(p []byte) { what += fmt.Sprintf("pattern %q ", p) })
	}
	atts := ""
	if m, ok := cmd.EachFetchAtt(func(a FetchAtt) {
		atts += fmt.Sprintf("%s %q %t %d.%d; ", a.Name, a.Section, a.Partial, a.Offset, a.Length)
	}); ok {
		what += fmt.Sprintf("%ssince %d %t ", atts, m.ChangedSince, m.Vanished)
	}
	if s, ok := cmd.StoreArgs(); ok {
		what += fmt.Sprintf("store %q %t %s %d %t ", s.Op, s.Silent, s.Flags.Strings(), s.UnchangedSince, s.HasUnchangedSince)
	}
	cmd.EachMessage(func(m AppendMessage) {
		what += fmt.Sprintf("message %s %s %t %q ", m.Flags.Strings(), m.Date, m.Binary, m.Data)
	})
	keys := ""
	if a, ok := cmd.EachSearchKey(func(k SearchKey) { keys += fmt.Sprintf("%d:%s<%s> ", k.Depth, k.Name, k.Arg) }); ok {
		what += fmt.Sprintf("%sreturn %s %t charset %s ", keys, a.Return, a.HasReturn, a.Charset)
	}
	cmd.EachLiteral(func(l Literal, octets []byte) {
		what += fmt.Sprintf("literal %d %t %d %q ", l.Size, l.NonSync, l.Pos, octets)
	})
	return what
}

func TestCommandsAreTakenApart(t *testing.T) {
	for line, want := range map[string]string{
		"a NOOP":                                          ``,
		"a SELECT inBox":                                  `box "INBOX" `,
		"a SELECT \"Entw&APw-rfe\"":                       `box "Entwürfe" `,
		"a DELETE AT&T":                                   `box "AT&T" `,
		"a RENAME a \"b\\\"\"":                            `box "a" new "b\"" `,
		"a COPY 1,3:* x":                                  `box "x" set 1,3:* false `,
		"a UID MOVE $ {1}\r\nx":                           `box "x" set  true literal 1 false 13 "x" `,
		"a UID EXPUNGE 5":                                 `set 5 false `,
		"a EXPUNGE":                                       ``,
		"a LOGIN {3+}\r\na b \"c\"":                       `user "a b" password "c" literal 3 true 8 "a b" `,
		"a AUTHENTICATE PLAIN":                            `mechanism PLAIN "" true `,
		"a AUTHENTICATE PLAIN =":                          `mechanism PLAIN "=" false `,
		"a ENABLE X Y":                                    `enable [X Y] `,
		"a STATUS b (UIDNEXT MESSAGES)":                   `box "b" atts [UIDNEXT MESSAGES] `,
		"a SELECT b (CONDSTORE)":                          `box "b" true false 0 0 [] [] [] `,
		"a SELECT b (QRESYNC (7 9))":                      `box "b" false true 7 9 [] [] [] `,
		"a SELECT b (QRESYNC (7 9 (1 2)))":                `box "b" false true 7 9 [] [{1 1}] [{2 2}] `,
		"a EXAMINE b (QRESYNC (7 9 1:4 (1 2)) CONDSTORE)": `box "b" true true 7 9 [{1 4}] [{1 1}] [{2 2}] `,
		"a LIST \"\" *":                                   `select  ref "" return  pattern "*" `,
		"a LIST (SUBSCRIBED) r (\"a%\" b) RETURN (CHILDREN)": `select (SUBSCRIBED) ref "r" return (CHILDREN) pattern "a%" pattern "b" `,
		"a FETCH 1 FULL": `set 1 false FULL "" false 0.0; since 0 false `,
		"a FETCH 1 (BODY.PEEK[1.HEADER.FIELDS (\"]\")]<3.4> BODY[] UID) (CHANGEDSINCE 7)": `set 1 false BODY.PEEK "1.HEADER.FIELDS (\"]\")" true 3.4; BODY "" false 0.0; UID "" false 0.0; since 7 false `,
		"a UID FETCH 1 (FLAGS) (CHANGEDSINCE 7 VANISHED)":                                 `set 1 false FLAGS "" false 0.0; since 7 true `,
		"a STORE 1 +FLAGS.SILENT (\\Seen x)":                                              `set 1 false store '+' true [\Seen x] 0 false `,
		"a STORE 1 (UNCHANGEDSINCE 0) FLAGS a b":                                          `set 1 false store '\x00' false [a b] 0 true `,
		"a UID STORE 2 -FLAGS ()":                                                         `set 2 false store '-' false [] 0 false `,
		"a APPEND x (\\Seen) \"17-Feb-1994 21:52:25 -0800\" ~{2}\r\n\x00b":                `box "x" message [\Seen] "17-Feb-1994 21:52:25 -0800" true "\x00b" literal 2 false 48 "\x00b" `,
		"a APPEND x {1}\r\na {1+}\r\nb":                                                   `box "x" message []  false "a" message []  false "b" literal 1 false 11 "a" literal 1 true 18 "b" `,
		"a SEARCH RETURN (MIN) CHARSET \"U\" OR (SEEN 1:3) NOT header x \"y\" $":          `0:OR<> 1:(<> 2:SEEN<> 2:<1:3> 1:NOT<> 2:HEADER<x "y"> 0:<$> return MIN true charset U `,
		"a UID SEARCH MODSEQ \"/flags/\\\\Seen\" all 5":                                   `0:MODSEQ<"/flags/\\Seen" all 5> return  false charset  `,
	} {
		cmd, err := ParseCommand([]byte(line+"\r\n"), Any)
		if got := showCommand(cmd); err != nil || got != want {
			t.Errorf("%q: %v\n%s, want\n%s", line, err, got, want)
		}
	}
}

func TestCommandsThatAreWrongGiveWhatIsBeforeTheError(t *testing.T) {
	for line, want := range map[string]string{
		"a SELECT b x": `box "b" `, "a SELECT": "", "a RENAME b": `box "b" `, "a COPY 0 x": "", "a FETCH 1 (UID": `set 1 false `,
		"a STORE 1:2": `set 1:2 false `, "a LOGIN a": "", "a STATUS b ()": `box "b" `, "a LIST a": "", "a ENABLE": "", "a AUTHENTICATE": "", "a SEARCH FOO": "", "a APPEND x {9}\r\na": `box "x" `,
	} {
		cmd, err := ParseCommand([]byte(line+"\r\n"), Any)
		if got := showCommand(cmd); err == nil || got != want {
			t.Errorf("%q: %v\n%s, want\n%s", line, err, got, want)
		}
	}
}
