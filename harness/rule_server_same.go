package harness

import "github.com/imapfuzz/imapfuzz/faultnet"

// serverWireSame are the rules of servers that are checked as others, and those that
// no harness can judge.
func serverWireSame() []Rule {
	return []Rule{
		{
			ID: "2683-3.1.2-a", Section: "RFC 2683, section 3.1.2", Side: faultnet.Server, Severity: Error, Kind: Leak, Same: ruleLeak,
			Text: "A server copes with connections that the client closes, that it closes itself, and that are cut by force: all that served them goes.",
		},
		{
			ID: "2683-3.1.2-d", Section: "RFC 2683, section 3.1.2", Side: faultnet.Server, Severity: Error, Kind: State, Same: ruleBystander,
			Text: "A server expects clients that just close, in the middle of anything: others do not notice.",
		},
		{
			ID: "2683-3.1.2-g", Section: "RFC 2683, section 3.1.2", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Same: "R-END-3",
			Text: "A server that ends a session says so with an untagged BYE, and why.",
		},
		{
			ID: "2683-3.1.2-i", Section: "RFC 2683, section 3.1.2", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Same: "R-END-7",
			Text: "A server may end the sessions of clients that are silent for long: with BYE, and then it closes.",
		},
		{
			ID: "2683-3.1.2-j", Section: "RFC 2683, section 3.1.2", Side: faultnet.Server, Severity: Error, Kind: Protocol, Same: "R-AL-1",
			Text: "No client is logged out before it has been silent for 30 minutes.",
		},
		{
			ID: "2683-3.4-a", Section: "RFC 2683, section 3.4", Side: faultnet.Server, Severity: Info, Kind: Protocol,
			Text: "Whoever writes a server knows what a client has to be ready for: any response at any time.",
			Why:  "It asks something of the client, and of a server's author that he knows it: nothing of that shows on the wire.",
		},
		{
			ID: "2683-3.4.1-a", Section: "RFC 2683, section 3.4.1; RFC 3501, section 2.2.1", Side: faultnet.Server, Severity: Error, Kind: Protocol, Same: "R-FR-1",
			Text: "A server follows the grammar exactly, without a blank too many.",
		},
		{
			ID: "2683-3.5-a", Section: "RFC 2683, section 3.5", Side: faultnet.Server, Severity: Info, Kind: Protocol,
			Text: "A server is tested against every client that there is.",
			Why:  "It is advice to the author. The whole harness is a way to follow it; a run cannot tell whether somebody did.",
		},
		{
			ID: "R-LL-2", Section: "RFC 2683, section 3.2.1.5", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Same: "2683-3.2.1.5-e",
			Text: "A server takes lines of at least 8000 octets, and says BAD to longer ones than it can take.",
		},
		{
			ID: "R-END-4", Section: "RFC 3501, section 3.4", Side: faultnet.Server, Severity: Info, Kind: Protocol,
			Text: "A server whose client has vanished need not say BYE.",
			Why:  "It gives leave: there is no way to break it. R-END-3 takes account of it.",
		},
		{
			ID: "R-PIPE-3", Section: "RFC 9051, sections 2.2.1 and 5.5", Side: faultnet.Server, Severity: Error, Kind: Injection, Same: ruleLiteralData,
			Text: "What a command still has to bring, literals and lines that it asks for, comes before the next command begins.",
		},
		{
			ID: "R-IDLE-4", Section: "RFC 2177, section 3", Side: faultnet.Server, Severity: Info, Kind: Protocol,
			Text: "While a client idles EXISTS, EXPUNGE and FETCH may come at any time.",
			Why:  "It gives leave: there is no way to break it. What such a response may say is for R-SEQ-1 and R-SEQ-2.",
		},
		{
			ID: "R-TLS-9", Section: "RFC 2595, sections 2.2 and 2.3; RFC 3501, section 6.2.2", Side: faultnet.Server, Severity: Error, Kind: Lie, Same: "R-AUTH-2",
			Text: "A server can be set up so that nobody logs in with a password in plaintext.",
		},
	}
}
