package plants

import (
	"slices"

	"github.com/imapfuzz/imapfuzz/harness"
)

// wirePlants break the rules of framing, states, endings and logins.
func wirePlants() []Plant {
	return slices.Concat(statePlants(), linePlants(), literalFormPlants(), namePlants(), farewellPlants(), idlePlants(), authPlants(), startTLSPlants(), pipelinePlants())
}

func statePlants() []Plant {
	return []Plant{
		{Name: "list-before-login", Rule: "R-ST-1", Kind: harness.State, Scenario: "server/states",
			Doc: "LIST is answered before the login."},
		{Name: "login-twice", Rule: "R-ST-3", Kind: harness.State, Scenario: "server/states",
			Doc: "Who is logged in can log in again."},
		{Name: "noop-refused", Rule: "R-ST-8", Kind: harness.Protocol, Scenario: "server/states",
			Doc: "NOOP is refused before the login."},
		{Name: "bad-deselects", Rule: "R-ST-2", Kind: harness.State, Scenario: "server/refusals_change_nothing",
			Doc: "A syntax error lets go of the selected mailbox."},
		{Name: "select-keeps", Rule: "R-ST-4", Kind: harness.State, Scenario: "server/select_fails",
			Doc: "A SELECT that fails leaves the mailbox selected that was."},
		{Name: "closed-missing", Rule: "R-ST-5", Kind: harness.Protocol, Scenario: "server/select_replaces",
			Doc: "No OK [CLOSED] tells where the old mailbox ends."},
		{Name: "uidvalidity-missing", Rule: "R-ST-6", Kind: harness.Protocol, Scenario: "server/select_replaces",
			Doc: "SELECT does not tell the UIDVALIDITY."},
		{Name: "flags-poor", Rule: "R-ST-6", Kind: harness.Protocol, Scenario: "server/select_replaces",
			Doc: "FLAGS does not list \\Draft."},
		{Name: "capability-mute", Rule: "R-ST-9", Kind: harness.Protocol, Scenario: "server/capabilities",
			Doc: "CAPABILITY is completed, and that is all."},
		{Name: "both-literals", Rule: "R-LIT-15", Kind: harness.Protocol, Scenario: "server/capabilities",
			Doc: "LITERAL- is advertised beside LITERAL+."},
		{Name: "private-command", Rule: "2683-3.3.1-e", Kind: harness.Protocol, Scenario: "server/capabilities",
			Doc: "There is a command XDEBUG, and no capability of it."},
		{Name: "enable-mute", Rule: "R-CAP-4", Kind: harness.Protocol, Scenario: "server/enable",
			Doc: "ENABLE of nothing that is known gets no ENABLED."},
		{Name: "enable-changes-list", Rule: "R-CAP-4", Kind: harness.Protocol, Scenario: "server/enable",
			Doc: "Once IMAP4rev2 is enabled IMAP4rev1 is gone from the list."},
		{Name: "modseq-unasked", Rule: "R-CAP-5", Kind: harness.Protocol, Scenario: "server/extension_data",
			Doc: "FETCH always tells mod-sequences."},
	}
}
