package harness

import "slices"

// clientPolicyRules are the rules of how a client takes what it gets, and what it does next.
func clientPolicyRules() []Rule {
	return slices.Concat(clientTakesRules(), clientToldRules(), clientMailboxRules(), clientRefusedRules(), clientPolicyOwnRules(), clientCacheRules())
}
