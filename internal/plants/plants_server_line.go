package plants

import "github.com/imapfuzz/imapfuzz/harness"

func linePlants() []Plant {
	return []Plant{
		{Name: "greeting-late", Rule: "R-FR-2", Kind: harness.Protocol, Scenario: "server/greeting",
			Doc: "CAPABILITY comes before the greeting."},
		{Name: "tagged-bye", Rule: "R-FR-4", Kind: harness.Protocol,
			Case: selectText + "C: a3 CHECK\nS: a3\n",
			Doc:  "CHECK is completed with BYE."},
		{Name: "tag-once", Rule: "R-FR-5", Kind: harness.Protocol, Scenario: "server/tag_reused",
			Doc: "A tag can be used once."},
		{Name: "case-sensitive", Rule: "R-FR-8", Kind: harness.Protocol, Scenario: "server/any_case",
			Doc: "Commands are known in capitals only."},
		{Name: "number-wraps", Rule: "R-FR-9", Kind: harness.Protocol, Scenario: "server/numbers_out_of_range",
			Doc: "Numbers beyond 32 bits begin anew."},
		{Name: "line-short", Rule: "2683-3.2.1.5-e", Kind: harness.Protocol, Scenario: "server/long_lines",
			Doc: "Lines of more than 4096 octets are refused."},
		{Name: "overlong-mute", Rule: "2683-3.2.1.5-f", Kind: harness.Hang, Scenario: "server/overlong_lines",
			Doc: "A line that is too long gets no answer."},
	}
}

func literalFormPlants() []Plant {
	return []Plant{
		{Name: "nul-in-literal", Rule: "R-LIT-7", Kind: harness.Protocol, Scenario: "server/literals_sent",
			Doc: "There is a NUL in the literal of a body."},
		{Name: "literal-plus", Rule: "R-LIT-8", Kind: harness.Protocol, Scenario: "server/literals_sent",
			Doc: "Bodies are sent as non-synchronizing literals."},
		{Name: "needless-go", Rule: "R-LIT-11", Kind: harness.Protocol, Scenario: "server/literals_nonsync",
			Doc: "Non-synchronizing literals are asked for."},
		{Name: "toobig-plain", Rule: "R-LIT-14", Kind: harness.Protocol, Scenario: "server/literal_minus", Variant: "literal-minus",
			Doc: "An APPEND that is too big is answered BAD without TOOBIG."},
		{Name: "binary-size", Rule: "R-LIT-17", Kind: harness.Lie, Scenario: "server/binary",
			Doc: "BINARY.SIZE is the size of the whole message."},
	}
}

func namePlants() []Plant {
	return []Plant{
		{Name: "quote-raw", Rule: "2683-3.4.2-a", Kind: harness.Protocol, Scenario: "server/names_escaped",
			Doc: "A backslash is not escaped in a quoted string."},
		{Name: "escape-kept", Rule: "2683-3.4.2-b", Kind: harness.Protocol, Scenario: "server/names_escaped",
			Doc: "A backslash that escapes another counts as one of its own."},
		{Name: "quoted-goes-on", Rule: "2683-3.4.2-c", Kind: harness.Injection, Scenario: "server/quoted_ends",
			Doc: "A quoted string goes on over the end of the line."},
		{Name: "names-raw", Rule: "2683-3.4.2-d", Kind: harness.Protocol, Scenario: "server/names_utf7",
			Doc: "Names of mailboxes are sent in UTF-8, whoever the client is."},
		{Name: "names-unchecked", Rule: "2683-3.4.2-e", Kind: harness.Protocol, Scenario: "server/names_refused",
			Doc: "Mailboxes may have names that are no modified UTF-7."},
	}
}
