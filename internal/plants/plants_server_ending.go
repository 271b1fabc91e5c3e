package plants

import "github.com/imapfuzz/imapfuzz/harness"

func farewellPlants() []Plant {
	return []Plant{
		{Name: "bye-stays-open", Rule: "R-END-7", Kind: harness.Protocol, Scenario: "server/inactive_bye",
			Doc: "The inactivity timer says BYE, and the connection stays open."},
		{Name: "bye-goes-on", Rule: "R-END-7", Kind: harness.Protocol, Scenario: "server/logins_without_end",
			Doc: "After too many logins that fail the server says BYE and serves on."},
		{Name: "select-steals", Rule: "2683-3.1.1-h", Kind: harness.State, Scenario: "server/both_selected",
			Doc: "Who selects a mailbox takes it from who had it selected."},
		{Name: "cut-keeps-lock", Rule: "2683-3.1.2-c", Kind: harness.State, Scenario: "server/cut_frees_mailbox",
			Doc: "A connection that is cut leaves its mailbox locked."},
		{Name: "timer-fixed", Rule: "R-AL-2", Kind: harness.Protocol, Scenario: "server/commands_keep_alive",
			Doc: "The inactivity timer runs from the login on."},
		{Name: "partial-waits", Rule: "R-AL-3", Kind: harness.Resource, Scenario: "server/partial_forever",
			Doc: "For the rest of a command the server waits without end."},
	}
}

func idlePlants() []Plant {
	return []Plant{
		{Name: "done-in-capitals", Rule: "R-IDLE-3", Kind: harness.Protocol, Scenario: "server/idle_done",
			Doc: "DONE is known in capitals only."},
		{Name: "idle-ends", Rule: "R-IDLE-6", Kind: harness.Protocol, Scenario: "server/idle_inactive",
			Doc: "When IDLE has lasted too long it is completed with NO."},
		{Name: "idle-executes", Rule: "R-IDLE-7", Kind: harness.Protocol, Scenario: "server/idle_command",
			Doc: "A command in IDLE ends the IDLE, and is executed."},
		{Name: "idle-ignores", Rule: "R-IDLE-7", Kind: harness.Hang, Scenario: "server/idle_command",
			Doc: "What is sent in IDLE is ignored until DONE comes."},
		{Name: "idle-forever", Rule: "R-IDLE-9", Kind: harness.Resource, Scenario: "server/idle_half_open",
			Doc: "IDLE has no timer."},
	}
}
