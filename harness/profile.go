package harness

// A Profile is the document by which a breach is weighed: the RFCs changed the
// strength of several rules from one to the next.
type Profile string

// The profiles.
const (
	AnyProfile Profile = ""     // the severity that a rule has where nobody chooses
	Rev1       Profile = "rev1" // IMAP4rev1, RFC 3501
	Rev2       Profile = "rev2" // IMAP4rev2, RFC 9051
	RFC2683    Profile = "2683" // the recommendations of RFC 2683
)

// Profiles returns the profiles that can be chosen.
func Profiles() []Profile { return []Profile{Rev1, Rev2, RFC2683} }

// By has the severities of a rule under the profiles in which it has another
// than usually; empty is the usual one.
type By struct{ Rev1, Rev2, RFC2683 Severity }

// SeverityIn returns the severity of a breach of r under p.
func (r Rule) SeverityIn(p Profile) Severity {
	s := r.Severity
	switch p {
	case Rev1:
		s = Severity(orDefault(string(r.By.Rev1), string(s)))
	case Rev2:
		s = Severity(orDefault(string(r.By.Rev2), string(s)))
	case RFC2683:
		s = Severity(orDefault(string(r.By.RFC2683), string(s)))
	}
	return s
}
