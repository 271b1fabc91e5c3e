package plants

import "strings"

// enable turns on what the client names and the server knows, and ignores the
// rest (RFC 5161, section 3.1).
func (s *session) enable(args []arg) string {
	var on []string
	for _, a := range args {
		switch word := a.word(); word {
		case "IMAP4REV2":
			s.rev2 = true
			on = append(on, "IMAP4rev2")
		case "CONDSTORE":
			s.condkeep = true
			on = append(on, word)
		case "QRESYNC":
			s.condkeep, s.qresync = true, true
			on = append(on, word)
		}
	}
	if len(on) == 0 && s.srv.has("enable-mute") {
		return "OK there was nothing to enable"
	}
	s.untagged("%s", strings.Join(append([]string{"ENABLED"}, on...), " "))
	return "OK ENABLE completed"
}
