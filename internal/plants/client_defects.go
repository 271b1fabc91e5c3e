package plants

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// distorted is l as a client with defects of writing sends it.
func (c *client) distorted(l clientLine) clientLine {
	if len(c.bugs) == 0 {
		return l
	}
	appends := strings.HasPrefix(l[0], "APPEND")
	out := clientLine{l[0]}
	for i := 1; i < len(l); i += 2 {
		last := &out[len(out)-1]
		switch s := l[i]; {
		case appends:
			out = append(out, s, l[i+1])
		case c.has("client-quotes-lines") && strings.ContainsAny(s, "\r\n"),
			c.has("client-quotes-null") && strings.Contains(s, "\x00"),
			c.has("client-quotes-8bit") && !isASCII(s),
			c.has("client-long-quoted"):
			*last += string(imapwire.AppendQuoted(nil, s)) + l[i+1]
		default:
			out = append(out, s, l[i+1])
		}
	}
	for i := 0; i < len(out); i += 2 {
		out[i] = c.distortedText(out[i])
	}
	return out
}

func (c *client) distortedText(s string) string {
	switch {
	case c.has("client-no-escape") && c.known.delimiter != `\`, c.has("client-no-escape-delimiter") && c.known.delimiter == `\`:
		return strings.ReplaceAll(s, `\\`, `\`)
	case c.has("client-plain-names"):
		return strings.ReplaceAll(s, "&-", "&")
	case c.has("client-joins-levels"):
		return levels.ReplaceAllStringFunc(s, joined)
	case c.has("client-double-space"):
		return strings.Replace(s, "SELECT ", "SELECT  ", 1)
	}
	return s
}

// levels matches a name of two levels that are both encoded.
var levels = regexp.MustCompile(`&[^"/]*-/&[^"/]*-`)

// joined encodes a name as a whole, its delimiters included.
func joined(wire string) string {
	name, err := imapwire.DecodeUTF7([]byte(wire))
	if err != nil {
		return wire
	}
	var units []byte
	for _, u := range utf16.Encode([]rune(name)) {
		units = append(units, byte(u>>8), byte(u))
	}
	return "&" + strings.ReplaceAll(base64.RawStdEncoding.EncodeToString(units), "/", ",") + "-"
}

// announced is how many octets a client says that a literal has.
func (c *client) announced(s string) int {
	if c.has("client-counts-runes") {
		return utf8.RuneCountInString(s)
	}
	return len(s)
}

// meddle sends NOOP where nothing may be sent.
func (c *client) meddle() {
	c.tags++
	c.write(fmt.Sprintf("T%d NOOP\r\n", c.tags))
}

func sevenBit(s string) string {
	out := []byte(s)
	for i := range out {
		out[i] &= 0x7f
	}
	return string(out)
}
