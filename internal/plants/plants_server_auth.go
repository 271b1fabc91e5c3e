package plants

import "github.com/imapfuzz/imapfuzz/harness"

func authPlants() []Plant {
	return []Plant{
		{Name: "login-all-the-same", Rule: "R-AUTH-2", Kind: harness.Lie, Scenario: "server/login_disabled", Variant: "login-disabled",
			Doc: "LOGINDISABLED is said, and LOGIN works."},
		{Name: "cancel-no", Rule: "R-AUTH-3", Kind: harness.Protocol, Scenario: "server/authenticate_ended",
			Doc: "A cancelled AUTHENTICATE is answered NO."},
		{Name: "challenge-bare", Rule: "R-AUTH-4", Kind: harness.Protocol, Scenario: "server/authenticate_ended",
			Doc: "The empty challenge has no space behind the plus."},
		{Name: "challenge-text", Rule: "R-AUTH-4", Kind: harness.Protocol, Scenario: "server/authenticate_ended",
			Doc: "The challenge is a text for people."},
		{Name: "names-user", Rule: "R-AUTH-5", Kind: harness.Protocol, Scenario: "server/login_failures",
			Doc: "A login that fails says whether there is such a user."},
	}
}

func startTLSPlants() []Plant {
	return []Plant{
		{Name: "starttls-keeps", Rule: "R-TLS-2", Kind: harness.Injection, Scenario: "server/starttls_injection",
			Doc: "What came behind STARTTLS in plaintext is executed inside TLS."},
		{Name: "starttls-offered", Rule: "R-TLS-3", Kind: harness.Protocol, Scenario: "server/starttls_inside",
			Doc: "STARTTLS is offered inside TLS."},
		{Name: "tls-twice-no", Rule: "R-TLS-3", Kind: harness.Protocol, Scenario: "server/starttls_inside",
			Doc: "STARTTLS inside TLS is answered NO."},
		{Name: "handshake-optional", Rule: "R-TLS-4", Kind: harness.State, Scenario: "server/starttls_ignored",
			Doc: "Who sends a command instead of a handshake is served in plaintext."},
	}
}
