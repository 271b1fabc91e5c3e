package plants

import (
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
)

const (
	loginText  = "C: a1 LOGIN test test\nS: a1 OK\n"
	selectText = loginText + "C: a2 SELECT INBOX\nS: a2 OK\n"
	logoutText = loginText + "C: a2 LOGOUT\nS: a2 OK\n"

	mailText    = "S: +\nC= \"From: a@example.com\\r\\n\\r\\nhi\\r\\n\"\nC=\"\\r\\n\"\n" // 27 octets, as asked for
	appendText  = loginText + "C: a2 APPEND INBOX {27}\n" + mailText + "S: a2 OK\n"
	expungeText = selectText + "C: a3 EXPUNGE\nS: a3 OK\n"
)

func serverPlants() []Plant {
	return slices.Concat(robustnessPlants(), framingPlants(), literalPlants(), endingPlants(), mailPlants(),
		wirePlants(),
		mailRulePlants(),
	)
}

func robustnessPlants() []Plant {
	return []Plant{
		{Name: "panic-logged", Rule: "no-crash", Kind: harness.Crash,
			Case: selectText + "C: a3 FETCH 1 BODY[]<1.4294967295>\n",
			Doc:  "A partial fetch up to the largest number slices out of bounds; the panic is recovered and logged."},
		{Name: "panic-kills", Rule: "no-crash", Kind: harness.Crash, Dies: true,
			Case: selectText + "C: a3 FETCH 1 BODY[]<1.4294967295>\n",
			Doc:  "The same panic, and nobody recovers it."},
		{Name: "nesting", Rule: "R-FR-10", Kind: harness.Crash, Dies: true,
			Case: selectText + "C= \"a3 SEARCH \" + \"(\"*40000 + \"ALL\" + \")\"*20000 + \"\\r\\n\"\n",
			Doc:  "Parentheses are counted by recursion without a bound."},
		{Name: "lock-twice", Rule: "no-hang", Kind: harness.Hang, Dies: true,
			Case: loginText + "C: a2 STATUS INBOX (MESSAGES)\n",
			Doc:  "STATUS takes a lock that it holds already."},
		{Name: "list-spins", Rule: "no-hang", Kind: harness.Hang, Dies: true,
			Case: loginText + "C: a2 LIST \"\" " + strings.Repeat("%*", 20) + "x\n",
			Doc:  "LIST tries every way in which wildcards can match."},
		{Name: "literal-trusted", Rule: "bounded-memory", Kind: harness.Resource,
			Case: "C: a1 LOGIN {268435456}\n",
			Doc:  "Memory for a literal is allocated as soon as it is announced."},
		{Name: "writes-in-turn", Rule: "bystander", Kind: harness.Hang,
			Case: selectText + "! server: noread 3h\nC= \"a3 FETCH 1:3 BODY.PEEK[]\\r\\n\"*600\nC2: b1 NOOP\nT: 2m\n",
			Doc:  "One connection at a time may write: a client that does not read stops all others."},
		{Name: "expunge-everywhere", Rule: "bystander", Kind: harness.State,
			Case: expungeText,
			Doc:  "EXPUNGE removes the first message of all other mailboxes."},
		{Name: "bad-shuts-logins", Rule: "bystander", Kind: harness.State,
			Case: selectText + "C: a3 FETCH\nS: a3 BAD\n",
			Doc:  "After a syntax error nobody can log in any more."},
		{Name: "stop-hangs", Rule: "bystander", Kind: harness.Hang,
			Case: loginText,
			Doc:  "The server cannot be stopped."},
		{Name: "idle-goroutine", Rule: "no-leak", Kind: harness.Leak,
			Case: selectText + "C: a3 IDLE\nS: +\nC: DONE\nS: a3 OK\n",
			Doc:  "Each IDLE starts a goroutine that nobody ends."},
	}
}

func framingPlants() []Plant {
	return []Plant{
		{Name: "list-open", Rule: "R-FR-1", Kind: harness.Protocol,
			Case: selectText + "C: a3 FETCH 1 (FLAGS)\nS: a3 OK\n",
			Doc:  "The list of a FETCH response is not closed."},
		{Name: "nul", Rule: "R-FR-1", Kind: harness.Protocol,
			Case: selectText + "C: a3 CHECK\nS: a3 OK\n",
			Doc:  "The text of the completion of CHECK has a NUL."},
		{Name: "bare-lf", Rule: "R-FR-1", Kind: harness.Protocol,
			Case: loginText + "C: a2 NOOP\nS: a2 OK\n",
			Doc:  "Completions end in a bare LF."},
		{Name: "zero", Rule: "R-FR-1", Kind: harness.Protocol,
			Case: selectText,
			Doc:  "UIDNEXT is zero."},
		{Name: "expunge-zero", Rule: "R-SEQ-2", Kind: harness.State,
			Case: expungeText,
			Doc:  "Messages are counted from zero in EXPUNGE."},
		{Name: "literal-size", Rule: "R-FR-1", Kind: harness.Protocol,
			Case: selectText + "C: a3 FETCH 1 BODY[HEADER]\n",
			Doc:  "The literal of a header announces more than follows."},
		{Name: "serverbug", Rule: "R-MA-7", Kind: harness.Protocol,
			Case: loginText + "C: a2 SELECT &Jjo-\nS: a2 NO\n",
			Doc:  "A mailbox name that is not ASCII is an internal error."},
		{Name: "tag-changed", Rule: "R-FR-3", Kind: harness.Protocol,
			Case: selectText + "C: a3 CHECK\n",
			Doc:  "The completion of CHECK has another tag."},
		{Name: "completed-twice", Rule: "R-FR-3", Kind: harness.Protocol,
			Case: selectText + "C: a3 CHECK\nS: a3 OK\n",
			Doc:  "CHECK is completed twice."},
		{Name: "check-mute", Rule: "R-FR-3", Kind: harness.Hang,
			Case: selectText + "C: a3 CHECK\n",
			Doc:  "CHECK is never completed."},
		{Name: "bad-mute", Rule: "R-FR-7", Kind: harness.Hang,
			Case: selectText + "C: a3 FETCH\n",
			Doc:  "A syntax error gets no answer."},
		{Name: "bad-hangs-up", Rule: "R-FR-7", Kind: harness.Protocol,
			Case: selectText + "C: a3 FETCH\n",
			Doc:  "A syntax error ends the connection without a word."},
		{Name: "lf-ends-lines", Rule: "R-FR-7", Kind: harness.Protocol,
			Case: loginText + "C= \"a2 NOOP\\na3 NOOP\\r\\n\"\nS: a2\nS: a3 OK\n",
			Doc:  "An LF without CR ends a line, and what stands behind it on the line is executed."},
	}
}

func literalPlants() []Plant {
	return []Plant{
		{Name: "long-line-as-commands", Rule: "canary", Kind: harness.Injection,
			Case: "C= \"a1 NOOP \" + \"x\"*69624 + \"zz9 NOOP\\r\\n\"\n",
			Doc:  "The rest of a line that is too long is read as commands."},
		{Name: "literal-as-commands", Rule: "R-LIT-6", Kind: harness.Injection,
			Case: "C: a1 LOGIN {10}\nS: +\nC= \"zz9 NOOP\\r\\n test\\r\\n\"\n",
			Doc:  "A literal is asked for, and read as commands."},
		{Name: "literal-mute", Rule: "R-LIT-5", Kind: harness.Hang,
			Case: "C: a1 LOGIN {4}\n",
			Doc:  "A literal is neither asked for nor refused."},
		{Name: "big-literal-as-commands", Rule: "R-LIT-13", Kind: harness.Injection,
			Case: loginText + "C= \"a2 CREATE {9000+}\\r\\n\" + \"zz9 NOOP\\r\\n\"*900 + \"\\r\\n\"\n",
			Doc:  "A literal that is too big is refused, and read as commands."},
		{Name: "refused-literal-as-commands", Rule: "R-LIT-10", Kind: harness.Injection,
			Case: loginText + "C= \"a2 XYZZY {10+}\\r\\nzz9 NOOP\\r\\n\\r\\n\"\n",
			Doc:  "The literal of a command that is refused is read as commands."},
	}
}

func endingPlants() []Plant {
	return []Plant{
		{Name: "logout-without-bye", Rule: "R-END-1", Kind: harness.Protocol,
			Case: logoutText,
			Doc:  "LOGOUT is answered without BYE."},
		{Name: "logout-stays-open", Rule: "R-END-1", Kind: harness.Protocol,
			Case: logoutText,
			Doc:  "After LOGOUT the connection stays open."},
		{Name: "logout-goes-on", Rule: "R-END-1", Kind: harness.Protocol,
			Case: logoutText,
			Doc:  "After the completion of LOGOUT the server goes on talking."},
		{Name: "timer-short", Rule: "R-AL-1", Kind: harness.Protocol,
			Case: loginText + "T: 29m30s\n",
			Doc:  "Clients are logged out after ten minutes."},
		{Name: "timer-mute", Rule: "R-END-3", Kind: harness.Protocol,
			Case: loginText + "T: 35m\n",
			Doc:  "The inactivity timer ends connections without BYE."},
		{Name: "hangs-up", Rule: "R-END-3", Kind: harness.Protocol,
			Case: selectText + "C: a3 CHECK\n",
			Doc:  "CHECK ends the connection."},
	}
}

func mailPlants() []Plant {
	return []Plant{
		{Name: "exists-falls", Rule: "R-SEQ-1", Kind: harness.State,
			Case: expungeText,
			Doc:  "Expunged messages are told by a smaller EXISTS."},
		{Name: "expunge-off", Rule: "R-SEQ-2", Kind: harness.State,
			Case: expungeText,
			Doc:  "EXPUNGE names a number beyond the last message."},
		{Name: "append-partial", Rule: "R-AT-1", Kind: harness.DataLoss,
			Case: loginText + "C: a2 APPEND INBOX {27}\nS: +\nC= \"From: a@ex\"\n! client: cut\n",
			Doc:  "What came of a message when the connection was cut is stored."},
		{Name: "append-refused-stored", Rule: "R-AT-1", Kind: harness.Lie,
			Case: loginText + "C: a2 APPEND INBOX (" + strings.TrimSpace(strings.Repeat("x ", 21)) + ") {27}\n" + mailText + "S: a2 NO\n",
			Doc:  "A message that was refused is stored."},
		{Name: "append-twice", Rule: "R-AT-1", Kind: harness.Duplicate,
			Case: appendText,
			Doc:  "A message is stored twice."},
		{Name: "append-lost", Rule: "R-AT-1", Kind: harness.DataLoss,
			Case: appendText,
			Doc:  "A message is acknowledged and not stored."},
		{Name: "append-truncated", Rule: "R-AT-1", Kind: harness.DataLoss,
			Case: appendText,
			Doc:  "Half of a message is stored."},
		{Name: "expunge-on-leave", Rule: "2683-3.1.2-e", Kind: harness.DataLoss,
			Case: selectText + "C: a3 NOOP\nS: a3 OK\n! client: cut\n",
			Doc:  "A connection that is cut expunges what is marked as deleted."},
		{Name: "size-wrong", Rule: "2683-3.4.5-a", Kind: harness.Lie,
			Case: appendText,
			Doc:  "RFC822.SIZE counts lines as if they ended in LF."},
		{Name: "examine-writes", Rule: "R-ST-7", Kind: harness.State,
			Case: loginText + "C: a2 EXAMINE INBOX\nS: a2 OK\nC: a3 STORE 2 +FLAGS (\\Flagged)\n",
			Doc:  "EXAMINE lets STORE through."},
	}
}
