package plants

import (
	"fmt"
	"slices"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/harness"
)

// A Plant is a defect that can be switched on by its name, the rule that it
// breaks, and a case that shows it.
type Plant struct {
	Name   string
	Rule   string
	Kind   harness.Kind
	Client bool   // it is the client's
	Dies   bool   // the run does not end by itself: the process dies, or must be ended
	Case   string // text of the case, without its head
	Honest bool   // the case rests on an honest server

	// Scenario is the name of the scenario that shows it, instead of Case.
	Scenario string

	// Variant is how the server is set up, defect or not: one of [variants]. Empty
	// is as usual.
	Variant string

	Doc string // what is wrong
}

// variants are other ways in which a sound server may be set up.
var variants = []string{
	"login-disabled", // in plaintext LOGIN is refused, and LOGINDISABLED says so (RFC 9051, section 6.2.3)
	"literal-minus",  // it offers LITERAL- instead of LITERAL+ (RFC 7888, section 5)
	"lf-ends-none",   // an LF without CR ends no line: all up to CRLF is one, and refused
}

// Bugs returns all plants: the server's, then the client's.
func Bugs() []Plant {
	return slices.Concat(serverPlants(), clientPlants(), clientWirePlants(), clientPolicyPlants(), clientExtensionPlants())
}

// Text returns the case of p, whole. It panics if there is no scenario of its
// name.
func (p Plant) Text() string {
	if p.Scenario != "" {
		for _, s := range corpus.Scenarios() {
			if s.Name == p.Scenario {
				return string(corpus.Format(s.Case))
			}
		}
		panic(fmt.Sprintf("plants: %s: there is no scenario %q", p.Name, p.Scenario))
	}
	head := "imapfuzz case 1\n# " + p.Doc + "\ntarget: server\n"
	if p.Client {
		head = "imapfuzz case 1\n# " + p.Doc + "\ntarget: client\n"
		if p.Honest {
			head += "peer: honest\n"
		}
	}
	return head + "rules: " + p.Rule + "\n\n" + p.Case
}

// Target returns the target that has the defect p, or the clean twin.
func (p Plant) Target(clean bool) harness.Target {
	var bugs []string
	if p.Variant != "" {
		bugs = append(bugs, p.Variant)
	}
	if !clean {
		bugs = append(bugs, p.Name)
	}
	if p.Client {
		return Client(bugs...)
	}
	return Server(bugs...)
}
