package plants

import "github.com/imapfuzz/imapfuzz/harness"

const greetText = "S: * OK [CAPABILITY IMAP4rev1 STARTTLS X-PLAIN] ready\n"

// pregreetText is for sessions that need no login.
const pregreetText = "S: * PREAUTH ready\n"

const tlsText = greetText + "D: starttls\nC: STARTTLS\n"

func clientPlants() []Plant {
	return []Plant{
		{Name: "client-panics", Rule: "no-crash", Kind: harness.Crash, Client: true,
			Case: pregreetText + "D: fetch 1 FLAGS\nC: FETCH 1 FLAGS\nS: * 1 FETCH (UID)\nS: $ OK done\n",
			Doc:  "A FETCH response without the data that was asked for makes Drive panic."},
		{Name: "client-panic-returned", Rule: "no-crash", Kind: harness.Crash, Client: true,
			Case: pregreetText + "D: fetch 1 FLAGS\nC: FETCH 1 FLAGS\nS: * 1 FETCH (UID)\nS: $ OK done\n",
			Doc:  "The same panic is recovered and returned as an error."},
		{Name: "client-nesting", Rule: "R-FR-10", Kind: harness.Crash, Client: true, Dies: true,
			Case: pregreetText + "D: fetch 1 BODY\nC: FETCH 1 BODY\nS= \"* 1 FETCH (BODY \" + \"(\"*40000 + \"\\r\\n\"\nS= \"* 1 FETCH \" + \"(\"*40000 + \"\\r\\n\"\nS: $ OK done\n",
			Doc:  "Parentheses are counted by recursion without a bound."},
		{Name: "client-spins", Rule: "no-hang", Kind: harness.Hang, Client: true, Dies: true,
			Case: pregreetText + "D: noop\nC: NOOP\n! server: cut\n",
			Doc:  "At the end of the stream the client spins."},
		{Name: "client-trusts-literal", Rule: "bounded-memory", Kind: harness.Resource, Client: true,
			Case: pregreetText + "D: fetch 1 BODY[]\nC: FETCH\nS= \"* 1 FETCH (BODY[] {268435456}\\r\\nabc\"\n! server: cut\n",
			Doc:  "Memory for a literal is allocated as soon as it is announced."},
		{Name: "client-leaks", Rule: "no-leak", Kind: harness.Leak, Client: true,
			Case: pregreetText + "D: noop\nC: NOOP\nS: $ OK done\n",
			Doc:  "A goroutine outlives the connection."},
		{Name: "client-waits-at-end", Rule: "2683-3.1.2-a", Kind: harness.Hang, Client: true,
			Case: pregreetText + "D: stream 1 BODY[]\nC: FETCH\nS= \"* 1 FETCH (BODY[] {100}\\r\\nabc\"\n! server: cut\n",
			Doc:  "When the connection has ended, the call still waits."},
		{Name: "client-deaf", Rule: "close-returns", Kind: harness.Hang, Client: true,
			Case: pregreetText + "D: noop\nC: NOOP\n",
			Doc:  "Being told to close does not end a call that waits."},
		{Name: "client-patient", Rule: "silence", Kind: harness.Hang, Client: true,
			Case: pregreetText + "! server: hole\nD: noop\nC: NOOP\nS: $ OK done\n",
			Doc:  "A reply is waited for without end."},
		{Name: "client-short-literal", Rule: "R-CL-7", Kind: harness.Lie, Client: true,
			Case: pregreetText + "D: stream 1 BODY[]\nC: FETCH\nS= \"* 1 FETCH (BODY[] {100}\\r\\nabc\"\n! server: cut\n",
			Doc:  "A literal that was cut is handed over as whole."},
		{Name: "client-claims-at-end", Rule: "R-CL-7", Kind: harness.Lie, Client: true,
			Case: pregreetText + "D: noop\nC: NOOP\n! server: cut\n",
			Doc:  "A call whose completion never came claims success."},
		{Name: "client-takes-no", Rule: "R-CL-7", Kind: harness.Lie, Client: true,
			Case: greetText + "D: login test wrong\nC: LOGIN\nS: $ NO no\n",
			Doc:  "A call that was answered NO claims success."},
		{Name: "client-claims-early", Rule: "R-CL-7", Kind: harness.Lie, Client: true,
			Case: pregreetText + "D: noop\nC: NOOP\nS: $ OK x\n  ! server: chop 1\n",
			Doc:  "A call claims success at the word OK, before its completion has come whole."},
		{Name: "client-picky", Rule: "R-CL-1", Kind: harness.Protocol, Client: true,
			Case: pregreetText + "D: noop\nC: NOOP\nS: * SEARCH 1\nS: $ OK done\n",
			Doc:  "A response that nobody asked for makes the client give up."},
		{Name: "client-keeps-capabilities", Rule: "R-CAP-2", Kind: harness.Injection, Client: true,
			Case: tlsText + "S: $ OK go\nTLS:\nD: caps\nC: CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: T2 OK done\n",
			Doc:  "Capabilities that were told in plaintext are believed inside TLS."},
		{Name: "client-keeps-plaintext", Rule: "R-TLS-5", Kind: harness.Injection, Client: true,
			Case: tlsText + "S= \"T1 OK go\\r\\nT2 OK injected\\r\\n\"\nTLS:\nD: noop\nC: NOOP\n",
			Doc:  "What came in plaintext behind STARTTLS is read as if it came inside TLS."},
	}
}
