package harness

import "slices"

// clientWireRules are the rules of what a client sends.
func clientWireRules() []Rule {
	return slices.Concat(
		clientLiteralRules(),
		clientSyntaxRules(),
		clientValueRules(),
		clientSessionRules(),
		clientTLSRules(),
		clientCapabilityRules(),
		clientIdleRules(),
		clientLineRules(),
		clientHabitRules(),
		clientListRules(),
		clientFetchRules(),
	)
}
