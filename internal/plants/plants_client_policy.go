package plants

import "github.com/imapfuzz/imapfuzz/harness"

// clientPolicyPlants are the defects of how a client takes what it gets, and of
// what it does next.
func clientPolicyPlants() []Plant {
	return []Plant{
		{Name: "client-mixes-searches", Rule: "R-CL-2", Kind: harness.State, Client: true, Scenario: "client/data_unasked",
			Doc: "What nobody searched for is handed over with the next search."},
		{Name: "client-needs-codes", Rule: "R-CL-3", Kind: harness.State, Client: true, Scenario: "client/code_unknown",
			Doc: "A response code that is not known makes a command fail."},
		{Name: "client-needs-flags", Rule: "R-CL-4", Kind: harness.State, Client: true, Scenario: "client/structure_unknown",
			Doc: "A flag that is not known makes a command fail."},
		{Name: "client-takes-warning", Rule: "R-CL-5", Kind: harness.State, Client: true, Scenario: "client/untagged_no",
			Doc: "An untagged NO is taken for the completion."},
		{Name: "client-stops-at-bye", Rule: "R-END-6", Kind: harness.State, Client: true, Scenario: "client/bye_then_done",
			Doc: "What comes behind BYE does not count."},
		{Name: "client-needs-all", Rule: "2683-3.4.4-c", Kind: harness.State, Client: true, Scenario: "client/fetch_missing",
			Doc: "A FETCH that brings nothing is taken for failed."},
		{Name: "client-sulks", Rule: "2683-3.1.1-b", Kind: harness.State, Client: true, Scenario: "client/select_refused",
			Doc: "After a SELECT that was refused nothing is done any more."},
		{Name: "client-keeps-mailbox", Rule: "R-ST-4", Kind: harness.State, Client: true, Scenario: "client/select_refused",
			Doc: "When SELECT is answered NO the mailbox before it is taken for selected."},
		{Name: "client-any-greeting", Rule: "R-FR-2", Kind: harness.Protocol, Client: true, Scenario: "client/greeting_no",
			Doc: "Whatever comes first is taken for the greeting."},
		{Name: "client-misses-expunge", Rule: "R-SEQ-4", Kind: harness.State, Client: true, Scenario: "client/told_anywhere",
			Doc: "EXPUNGE does not change the number of messages."},
		{Name: "client-expects-exists", Rule: "R-SEQ-6", Kind: harness.State, Client: true, Scenario: "client/told_once",
			Doc: "With every command the number of messages is expected anew."},
		{Name: "client-trusts-status", Rule: "2683-3.1.1-g", Kind: harness.State, Client: true, Scenario: "client/status_snapshot",
			Doc: "STATUS of the selected mailbox changes the number of messages."},
		{Name: "client-trusts-anybody", Rule: "R-TLS-7", Kind: harness.Injection, Client: true, Scenario: "client/before_login",
			Doc: "Data of a mailbox is taken before the login."},
		{Name: "client-trusts-early", Rule: "R-TLS-8", Kind: harness.State, Client: true, Scenario: "client/before_select",
			Doc: "Data of a mailbox is taken while none is selected."},
		{Name: "client-counts-all", Rule: "2683-3.4.4-b", Kind: harness.State, Client: true, Scenario: "client/fetch_any_order",
			Doc: "FETCH responses of other messages are handed over as the answer."},
		{Name: "client-trusts-size", Rule: "2683-3.4.5-c", Kind: harness.DataLoss, Client: true, Scenario: "client/size_wrong",
			Doc: "No more of a literal is handed over than RFC822.SIZE says."},
		{Name: "client-drops-bye", Rule: "2683-3.1.2-h", Kind: harness.State, Client: true, Scenario: "client/bye_text",
			Doc: "The text of BYE is thrown away."},
		{Name: "client-drops-alerts", Rule: "2683-3.4.11-a", Kind: harness.State, Client: true, Scenario: "client/alert",
			Doc: "The text of an ALERT is thrown away."},
	}
}
