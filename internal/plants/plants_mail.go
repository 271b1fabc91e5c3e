package plants

import (
	"slices"

	"github.com/imapfuzz/imapfuzz/harness"
)

// mailRulePlants are the defects of mailboxes, numbers, UIDs and several sessions.
func mailRulePlants() []Plant {
	return slices.Concat(numberPlants(), uidPlants(), sharedPlants(), searchPlants(), listPlants())
}

func numberPlants() []Plant {
	return []Plant{
		{Name: "date-of-mail", Rule: "R-FR-1", Kind: harness.Protocol, Scenario: "server/mail_told_twice",
			Doc: "INTERNALDATE is written as in the header of a mail (2683-3.4.1-b)."},
		{Name: "delimiter-bare", Rule: "R-FR-1", Kind: harness.Protocol, Scenario: "server/list_depth",
			Doc: "The delimiter is a backslash, and is not escaped (2683-3.4.10-b)."},
		{Name: "expunge-in-fetch", Rule: "R-SEQ-3", Kind: harness.State, Scenario: "server/changes_told",
			Doc: "FETCH tells what another session has removed."},
		{Name: "exists-untold", Rule: "R-SEQ-5", Kind: harness.State, Scenario: "server/changes_told",
			Doc: "New messages are not told."},
		{Name: "flags-untold", Rule: "R-SEQ-5", Kind: harness.State, Scenario: "server/changes_told",
			Doc: "Flags that another session has changed are not told."},
		{Name: "uids-fall", Rule: "R-SEQ-8", Kind: harness.State, Scenario: "server/mail_told_twice",
			Doc: "UIDs fall from message to message."},
		{Name: "uid-missing-no", Rule: "R-SEQ-9", Kind: harness.Protocol, Scenario: "server/sets",
			Doc: "A UID that no message has is answered NO."},
		{Name: "range-one-way", Rule: "R-SEQ-10", Kind: harness.Lie, Scenario: "server/sets",
			Doc: "A range from the larger number to the smaller is empty."},
		{Name: "rev2-no-uid", Rule: "R-SEQ-11", Kind: harness.Protocol, Scenario: "server/rev2_changes",
			Doc: "Under IMAP4rev2 changed flags are told without the UID."},
		{Name: "expunge-under-qresync", Rule: "R-SEQ-12", Kind: harness.Protocol, Scenario: "server/resync",
			Doc: "EXPUNGE is sent although QRESYNC is enabled."},
	}
}

func uidPlants() []Plant {
	return []Plant{
		{Name: "ghost-is-next", Rule: "R-UID-1", Kind: harness.DataLoss, Scenario: "server/fetch_gone",
			Doc: "FETCH of a message that is gone shows another one under its UID."},
		{Name: "uid-is-number", Rule: "R-UID-2", Kind: harness.State, Scenario: "server/fetch_gone",
			Doc: "The UID of a message is its number, and changes when others are expunged."},
		{Name: "uidnext-low", Rule: "R-UID-3", Kind: harness.State, Scenario: "server/mail_told_twice",
			Doc: "UIDNEXT is the UID of the last message."},
		{Name: "uidnext-rises", Rule: "R-UID-3", Kind: harness.State, Scenario: "server/mail_told_twice",
			Doc: "UIDNEXT rises whenever the mailbox is opened."},
		{Name: "validity-falls", Rule: "R-UID-4", Kind: harness.State, Scenario: "server/mail_told_twice",
			Doc: "UIDVALIDITY falls whenever the mailbox is opened."},
		{Name: "validity-grows", Rule: "2683-3.4.3-a", Kind: harness.State, Scenario: "server/mail_told_twice",
			Doc: "UIDVALIDITY is another whenever the mailbox is opened."},
		{Name: "recreated-same", Rule: "R-UID-5", Kind: harness.DataLoss, Scenario: "server/recreated",
			Doc: "A mailbox that is made anew has its old UIDVALIDITY, and counts from 1."},
		{Name: "date-drifts", Rule: "R-UID-6", Kind: harness.Lie, Scenario: "server/mail_told_twice",
			Doc: "INTERNALDATE is a minute later each time."},
		{Name: "uid-left-out", Rule: "R-UID-7", Kind: harness.Protocol, Scenario: "server/mail_told_twice",
			Doc: "UID FETCH tells the UID only when it is asked for it."},
		{Name: "copyuid-crossed", Rule: "R-UID-8", Kind: harness.Lie, Scenario: "server/copies",
			Doc: "COPYUID names the sources in the wrong order."},
		{Name: "copyuid-short", Rule: "R-UID-8", Kind: harness.Lie, Scenario: "server/copies",
			Doc: "COPYUID names the first source only."},
		{Name: "partial-off-by-one", Rule: "R-UID-10", Kind: harness.Lie, Scenario: "server/partial",
			Doc: "The origin of a partial fetch is counted from 1."},
		{Name: "restart-uids-again", Rule: "R-UID-1", Kind: harness.DataLoss, Scenario: "server/restart_uids",
			Doc: "After a restart UIDNEXT is one more than the largest UID that is left: UIDs are handed out again."},
		{Name: "restart-validity-falls", Rule: "R-UID-4", Kind: harness.State, Scenario: "server/restart_keeps",
			Doc: "A restart lowers UIDVALIDITY."},
		{Name: "restart-validity-grows", Rule: "2683-3.4.3-a", Kind: harness.State, Scenario: "server/restart_keeps",
			Doc: "UIDVALIDITY is another after a restart, although the UIDs are kept."},
		{Name: "restart-dates", Rule: "R-UID-6", Kind: harness.Lie, Scenario: "server/restart_keeps",
			Doc: "INTERNALDATE is another after a restart."},
		{Name: "restart-loses-mail", Rule: "R-AT-1", Kind: harness.DataLoss, Scenario: "server/restart_keeps",
			Doc: "What was appended is gone after a restart."},
		{Name: "restart-loses-flags", Rule: "store-flags", Kind: harness.Lie, Scenario: "server/restart_keeps",
			Doc: "The flags that STORE set are gone after a restart."},
		{Name: "uid-global", Rule: "2683-3.4.3-e", Kind: harness.State, Scenario: "server/counters",
			Doc: "One counter gives the UIDs of all mailboxes."},
	}
}

func sharedPlants() []Plant {
	return []Plant{
		{Name: "examine-unsaid", Rule: "R-ST-7", Kind: harness.Protocol, Scenario: "server/sets",
			Doc: "EXAMINE is answered with READ-WRITE."},
		{Name: "copy-half", Rule: "R-AT-2", Kind: harness.DataLoss, Scenario: "server/copies",
			Doc: "COPY copies the first message only."},
		{Name: "move-loses", Rule: "R-AT-3", Kind: harness.DataLoss, Scenario: "server/moves",
			Doc: "MOVE removes, and does not copy."},
		{Name: "copyuid-late", Rule: "R-AT-3", Kind: harness.Protocol, Scenario: "server/moves",
			Doc: "MOVE tells where the messages are when they are gone already."},
		{Name: "no-trycreate", Rule: "R-AT-4", Kind: harness.Protocol, Scenario: "server/try_create",
			Doc: "A mailbox that there is not is refused without TRYCREATE."},
		{Name: "append-creates", Rule: "R-AT-4", Kind: harness.Protocol, Scenario: "server/try_create",
			Doc: "APPEND makes the mailbox that there is not."},
		{Name: "resync-forgets", Rule: "R-AT-7", Kind: harness.DataLoss, Scenario: "server/resync",
			Doc: "A client that comes back is not told what is gone."},
		{Name: "delete-follows", Rule: "R-MA-1", Kind: harness.DataLoss, Scenario: "server/deleted_under_a_session",
			Doc: "Who has a mailbox open that is deleted works on the new one of its name."},
		{Name: "renumbers-early", Rule: "R-MA-2", Kind: harness.State, Scenario: "server/changes_told",
			Doc: "What another session has removed loses its number before it is told."},
		{Name: "store-by-position", Rule: "R-MA-4", Kind: harness.State, Scenario: "server/store_gone",
			Doc: "STORE counts the messages that there are, not those that the client knows."},
		{Name: "copy-by-position", Rule: "R-MA-6", Kind: harness.State, Scenario: "server/copy_gone",
			Doc: "COPY counts the messages that there are, not those that the client knows."},
		{Name: "copy-silent", Rule: "R-MA-6", Kind: harness.State, Scenario: "server/copy_gone",
			Doc: "COPY does not tell what another session has removed."},
		{Name: "silent-store-lost", Rule: "store-flags", Kind: harness.Lie, Scenario: "server/flags_found",
			Doc: "STORE with .SILENT does nothing."},
		{Name: "status-counts-recent", Rule: "status-counts", Kind: harness.Lie, Scenario: "server/flags_found",
			Doc: "STATUS tells that nothing is unseen."},
		{Name: "delete-full-no", Rule: "2683-3.4.12-c", Kind: harness.Protocol, Scenario: "server/delete_full",
			Doc: "A mailbox with messages cannot be deleted."},
	}
}

func searchPlants() []Plant {
	return []Plant{
		{Name: "search-slow", Rule: "2683-3.2.3-a", Kind: harness.Resource, Scenario: "server/flags_found",
			Doc: "SEARCH takes ten seconds."},
		{Name: "search-flagged-seen", Rule: "2683-3.2.3-d", Kind: harness.Lie, Scenario: "server/flags_found",
			Doc: "SEARCH FLAGGED finds what is seen."},
		{Name: "charset-bad", Rule: "2683-3.2.3-e", Kind: harness.Protocol, Scenario: "server/charsets",
			Doc: "SEARCH knows no CHARSET."},
	}
}

func listPlants() []Plant {
	return []Plant{
		{Name: "list-circles", Rule: "2683-3.2.1.1-c", Kind: harness.Resource, Scenario: "server/list_depth",
			Doc: "A mailbox that contains itself is listed as deep as it goes."},
		{Name: "reference-ignored", Rule: "2683-3.4.9-a", Kind: harness.Lie, Scenario: "server/references",
			Doc: "LIST does not look at the reference."},
		{Name: "delimiter-doubled", Rule: "2683-3.4.9-c", Kind: harness.Protocol, Scenario: "server/joints",
			Doc: "Reference and pattern are joined as they are."},
		{Name: "delimiter-pipe", Rule: "2683-3.4.10-a", Kind: harness.Protocol, Scenario: "server/names",
			Doc: "The hierarchy delimiter is a vertical bar."},
		{Name: "delimiter-letter", Rule: "2683-3.4.10-c", Kind: harness.Protocol, Scenario: "server/names",
			Doc: "The hierarchy delimiter is a letter."},
		{Name: "delimiter-hidden", Rule: "2683-3.4.10-d", Kind: harness.Protocol, Scenario: "server/names",
			Doc: "The hierarchy delimiter is a control character."},
		{Name: "utf7-joined", Rule: "2683-3.4.10-e", Kind: harness.Protocol, Scenario: "server/names",
			Doc: "A name is encoded in modified UTF-7 as a whole."},
	}
}
