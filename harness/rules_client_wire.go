package harness

import "slices"

// clientWireRules are the rules of what a client sends.
func clientWireRules() []Rule {
	return slices.Concat(
		clientLiteralRules(),
		clientSyntaxRules(),
		clientValueRules(),
		clientSessionRules(),
		clientCapabilityRules(),
		clientIdleRules(),
		clientLineRules(),
		clientHabitRules(),
	)
}
