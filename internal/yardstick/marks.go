package main

// marks returns the names of the plants that are measured, from shallow to deep.
func marks() []string {
	return []string{
		// One command, as everybody sends it.
		"nul", "tag-changed", "check-mute", "logout-without-bye", "noop-refused",
		// A state, and a command in it.
		"list-open", "expunge-zero", "exists-falls", "list-before-login", "bad-mute", "bad-shuts-logins", "append-truncated", "append-twice", "idle-goroutine",
		// An argument.
		"panic-logged", "panic-kills", "nesting", "list-spins", "literal-trusted", "literal-as-commands", "big-literal-as-commands",
		"refused-literal-as-commands", "serverbug", "append-refused-stored", "examine-writes", "partial-off-by-one",
		// A state that several commands reach.
		"lock-twice", "select-keeps", "copyuid-crossed", "copy-half", "move-loses", "uid-is-number", "uidnext-low", "recreated-same",
		"date-drifts", "silent-store-lost", "expunge-under-qresync", "rev2-no-uid",
		// A fault, other sessions, or time.
		"append-partial", "expunge-on-leave", "writes-in-turn", "timer-mute", "expunge-in-fetch", "flags-untold", "renumbers-early",
		"store-by-position", "copy-by-position", "ghost-is-next",
		// A client.
		"client-panics", "client-trusts-literal", "client-short-literal", "client-claims-early", "client-waits-at-end", "client-picky",
		"client-spins", "client-patient", "client-keeps-plaintext", "client-gives-up-literal", "client-talks-in-idle",
	}
}
