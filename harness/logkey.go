package harness

import "strings"

// logClass returns the class of a line that a target logged: why it failed, in
// a few words without names, numbers and quoted parts, so that it is the same
// whatever the input was. A server that says in its log why it answered
// [SERVERBUG] tells its defects apart better than the exchange can.
func logClass(line string) string {
	line, _, _ = strings.Cut(line, "\n")
	if strings.Contains(line, "i/o timeout") || strings.Contains(line, "deadline exceeded") {
		return "timeout"
	}
	class := ""
	for part := range strings.SplitSeq(line, ": ") {
		words := plainWords(part)
		if len(words) == 0 || words[0] == "in" || words[0] == "handling" || words[0] == "failed" {
			continue
		}
		class = strings.Join(words[:min(len(words), 3)], " ")
		if len(words) > 1 {
			break // one word alone is the name of a package
		}
	}
	return class
}

// plainWords returns the leading words of s that are only letters and hyphens.
func plainWords(s string) []string {
	var out []string
	for _, w := range strings.Fields(s) {
		w = strings.TrimRight(strings.ToLower(w), "0123456789,;")
		if w == "" || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz-") != "" {
			break
		}
		out = append(out, w)
	}
	return out
}
