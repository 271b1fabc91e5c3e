package harness

import "slices"

// serverWireRules are the rules of framing, literals, lines, states, endings, authentication, TLS, capabilities, IDLE and pipelining that a server keeps.
func serverWireRules() []Rule {
	return slices.Concat(
		serverFramingRules(),
		serverLineRules(),
		serverLiteralRules(),
		serverNameRules(),
		serverStateRules(),
		serverSelectRules(),
		serverCapabilityRules(),
		serverEndingRules(),
		serverIdleRules(),
		serverAuthRules(),
		serverTLSRules(),
		serverPipelineRules(),
		serverWireSame(),
	)
}
