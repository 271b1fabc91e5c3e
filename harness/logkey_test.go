package harness

import "testing"

func TestALogLineHasTheSameClassWhateverTheInputWas(t *testing.T) {
	for _, tt := range []struct{ line, want string }{
		{`handling FETCH command: imap: bad number set value "1::2"`, "bad number set"},
		{`handling SEARCH command: in search-key: imap: bad number set value "9"`, "bad number set"},
		{"handling SELECT command: utf7: invalid UTF-7", "invalid utf-"},
		{`handling APPEND command: in date-time: parsing time "x": day out of range`, "parsing time"},
		{"handling LOGIN command: read memory server->client: i/o timeout", "timeout"},
		{"handling AUTHENTICATE command: illegal base64 data at input byte 4", "illegal base data"},
		{"", ""},
	} {
		if got := logClass(tt.line); got != tt.want {
			t.Errorf("logClass(%q) = %q, want %q", tt.line, got, tt.want)
		}
	}
}
