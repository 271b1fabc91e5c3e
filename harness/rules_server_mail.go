package harness

import (
	"slices"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// serverMailRules are the rules of mailboxes, numbers, UIDs, mail and several sessions that a server keeps.
func serverMailRules() []Rule {
	return slices.Concat(sequenceRules(), uidRules(), sharedRules(), searchRules(), listRules(), sameMailRules())
}

// sameMailRules are the rows that other rules judge, or that nobody can.
func sameMailRules() []Rule {
	return []Rule{
		{
			ID: "2683-3.4.1-b", Section: "RFC 2683, section 3.4.1; RFC 9051, section 9", Side: faultnet.Server, Severity: Error, Kind: Protocol,
			Text: "INTERNALDATE is a date-time of IMAP, not a date of RFC 5322.", Same: "R-FR-1",
		},
		{
			ID: "2683-3.4.4-a", Section: "RFC 2683, section 3.4.4", Side: faultnet.Server, Severity: Info, Kind: Protocol,
			Text: "FETCH data may come in any order, in pieces, and unasked.", Why: "It is leave, not duty: no rule here asks for an order. What clients make of it is their side's 2683-3.4.4-b to -d.",
		},
		{
			ID: "2683-3.4.5-b", Section: "RFC 2683, section 3.4.5", Side: faultnet.Server, Severity: Error, Kind: Lie,
			Text: "The size of a message is computed exactly, and is the same whenever it is asked for.", Same: "R-UID-6",
		},
	}
}
