package harness

import "slices"

// serverMailRules are the rules of mailboxes, numbers, UIDs, mail and several sessions that a server keeps.
func serverMailRules() []Rule {
	return slices.Concat[[]Rule]()
}
