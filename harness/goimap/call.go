package goimap

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A call is one thing that a case asks the client to do: a verb and its
// arguments.
type call struct {
	verb string
	args []string
}

// Limits on a call, so that no mutated case makes a program of one line.
const (
	maxCallWords = 256
	maxCallBytes = 1 << 20
)

var (
	errEmptyCall = errors.New("empty call")
	errLongCall  = fmt.Errorf("a call of more than %d bytes or %d words", maxCallBytes, maxCallWords)
)

// parseCall reads one line: words between spaces, of which those that begin
// with a double quote are quoted as in Go. Letter case matters in arguments
// only. It is total: any line is a call or an error.
func parseCall(line string) (call, error) {
	if len(line) > maxCallBytes {
		return call{}, errLongCall
	}
	var words []string
	for rest := trimSpace(line); rest != ""; rest = trimSpace(rest) {
		if len(words) == maxCallWords {
			return call{}, errLongCall
		}
		word, after, err := nextWord(rest)
		if err != nil {
			return call{}, err
		}
		words = append(words, word)
		rest = after
	}
	if len(words) == 0 {
		return call{}, errEmptyCall
	}
	return call{verb: lower(words[0]), args: words[1:]}, nil
}

// nextWord takes the first word of s, which does not begin with a space.
func nextWord(s string) (word, rest string, err error) {
	if s[0] != '"' {
		i := strings.IndexAny(s, " \t\r\n")
		if i < 0 {
			i = len(s)
		}
		if strings.Contains(s[:i], `"`) {
			return "", "", fmt.Errorf("a quote inside the word %q: quote the whole word", s[:i])
		}
		return s[:i], s[i:], nil
	}
	q, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", "", fmt.Errorf("want a quoted string, got %q", abridged(s))
	}
	rest = s[len(q):]
	if rest != "" && trimSpace(rest[:1]) != "" {
		return "", "", fmt.Errorf("want a space after %s, got %q", abridged(q), abridged(rest))
	}
	word, err = strconv.Unquote(q)
	return word, rest, err
}

// String writes c so that parseCall reads it back.
func (c call) String() string {
	var b strings.Builder
	b.WriteString(quoteWord(c.verb))
	for _, a := range c.args {
		b.WriteByte(' ')
		b.WriteString(quoteWord(a))
	}
	return b.String()
}

// quoteWord quotes s if it would not stand for itself.
func quoteWord(s string) string {
	if s == "" {
		return `""`
	}
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] == '"' || s[i] >= 0x7f {
			return strconv.Quote(s)
		}
	}
	return s
}

func trimSpace(s string) string { return strings.Trim(s, " \t\r\n") }

// lower folds ASCII letters only, whatever the locale of the text.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// abridged returns the beginning of s, for messages.
func abridged(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
