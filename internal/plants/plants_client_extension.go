package plants

import "github.com/imapfuzz/imapfuzz/harness"

// clientExtensionPlants are clients that use what the server has not offered: each
// takes it for granted that there is one extension.
func clientExtensionPlants() []Plant {
	out := []Plant{
		{Name: "client-forgets-enable", Rule: "R-CAP-4", Kind: harness.Protocol, Client: true, Scenario: "client/qresync_enabled",
			Doc: "QRESYNC is used and was not enabled."},
	}
	for _, p := range []struct{ name, scenario, doc string }{
		{"list-extended", "arguments_not_offered", "LIST has options at any server."},
		{"status=size", "arguments_not_offered", "STATUS asks any server for SIZE."},
		{"quota=res-message", "arguments_not_offered", "STATUS asks any server for DELETED."},
		{"appendlimit", "arguments_not_offered", "STATUS asks any server for APPENDLIMIT."},
		{"condstore", "arguments_not_offered", "Mod-sequences are used at any server."},
		{"create-special-use", "arguments_not_offered", "CREATE gives a use at any server."},
		{"binary", "messages_not_offered", "BINARY is fetched from any server."},
		{"objectid", "messages_not_offered", "EMAILID is fetched from any server."},
		{"preview", "messages_not_offered", "PREVIEW is fetched from any server."},
		{"savedate", "messages_not_offered", "SAVEDATE is fetched from any server."},
		{"esearch", "messages_not_offered", "SEARCH has result options at any server."},
		{"list-status", "arguments_half_offered", "Whoever has LIST-EXTENDED is asked for STATUS in LIST."},
		{"special-use", "arguments_half_offered", "Whoever has LIST-EXTENDED is asked for SPECIAL-USE in LIST."},
		{"searchres", "arguments_half_offered", "Whoever has ESEARCH is asked to save a result."},
	} {
		out = append(out, Plant{Name: "client-assumes-" + p.name, Rule: "2683-3.3.1-d", Kind: harness.Protocol, Client: true,
			Scenario: "client/" + p.scenario, Doc: p.doc})
	}
	return out
}
