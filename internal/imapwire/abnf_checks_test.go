package imapwire

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// checks are what a rule says beyond its production: in the prose and the comments
// of the RFCs, and by the priority of the alternative that is listed first.
type checks struct {
	// ok judges what the production derives; nil: all of it.
	ok func(text []byte) bool
	// match replaces the production where it cannot be said in ABNF: it returns how
	// many octets of b are the rule's, or -1.
	match func(b []byte, server bool) int
	// make replaces the generator.
	make func(r *rand.Rand, server bool) []byte
}

// upTo allows numbers from least to most.
func upTo(least, most uint64) checks {
	bound := new(big.Int).SetUint64(most)
	return checks{
		ok: func(text []byte) bool {
			n, ok := new(big.Int).SetString(string(text), 10)
			return ok && n.Cmp(bound) <= 0 && n.Cmp(new(big.Int).SetUint64(least)) >= 0
		},
		make: func(r *rand.Rand, _ bool) []byte {
			edges := []uint64{least, least + 1, 7, 10, most, most - 1, 1 << 31, r.Uint64N(1000) + 1}
			return strconv.AppendUint(nil, edges[r.IntN(len(edges))], 10)
		},
	}
}

// not excludes words, in any case.
func not(words ...string) checks {
	return checks{ok: func(text []byte) bool {
		for _, w := range words {
			if strings.EqualFold(w, string(text)) {
				return false
			}
		}
		return true
	}}
}

// str cuts a string that b starts with, and returns what it stands for.
func str(b []byte, server bool) (content []byte, n int) {
	if len(b) > 0 && b[0] == '"' {
		for i := 1; i < len(b); i++ {
			switch b[i] {
			case '"':
				return content, i + 1
			case '\\':
				i++
				if i == len(b) || b[i] != '"' && b[i] != '\\' {
					return nil, -1
				}
			}
			content = append(content, b[i])
		}
		return nil, -1
	}
	n = literalAt(b, "{", server, math.MaxInt64, false)
	if n < 0 {
		return nil, -1
	}
	return b[bytes.IndexByte(b, '\n')+1 : n], n
}

// theString is a string, in quotes or a literal, that stands for one of words: a
// media type is one however it is written.
func theString(words ...string) checks {
	return checks{match: func(b []byte, server bool) int {
		content, n := str(b, server)
		for _, w := range words {
			if n > 0 && strings.EqualFold(w, string(content)) {
				return n
			}
		}
		return -1
	}}
}

// otherString is a string that stands for none of words.
func otherString(words ...string) checks {
	return checks{ok: func(text []byte) bool {
		content, _ := str(text, false)
		return not(words...).ok(content)
	}}
}

// literalAt returns the length of a literal at the start of b, or -1.
func literalAt(b []byte, open string, server bool, most uint64, null bool) int {
	head, rest, ok := bytes.Cut(b, []byte("}\r\n"))
	digits, ok2 := bytes.CutPrefix(head, []byte(open))
	if !ok || !ok2 {
		return -1
	}
	if !server {
		digits = bytes.TrimSuffix(digits, []byte("+"))
	}
	n, err := strconv.ParseUint(string(digits), 10, 64)
	if err != nil || n > most || n > uint64(len(rest)) || digits[0] == '+' || !null && bytes.IndexByte(rest[:n], 0) >= 0 {
		return -1
	}
	return len(head) + 3 + int(n)
}

// literals is a literal that is as long as it says.
func literals(open string, most uint64, null bool) checks {
	return checks{
		match: func(b []byte, server bool) int { return literalAt(b, open, server, most, null) },
		make: func(r *rand.Rand, server bool) []byte {
			n := []int{0, 1, 2, r.IntN(9), r.IntN(20)}[r.IntN(5)]
			b := strconv.AppendInt([]byte(open), int64(n), 10)
			if !server && r.IntN(2) == 0 {
				b = append(b, '+')
			}
			b = append(b, "}\r\n"...)
			for octets := r.IntN(2) == 0; n > 0; n-- {
				ch := byte('a' + r.IntN(26))
				if octets {
					ch = byte(r.IntN(256))
				}
				if ch == 0 && !null {
					ch = '\n'
				}
				b = append(b, ch)
			}
			return b
		},
	}
}

// checksOf returns the checks of a rule.
func (a *abnf) checksOf(name string) checks {
	size := uint64(max63)
	if a.profile == Rev1 {
		size = max32
	}
	switch name {
	case "number":
		return upTo(0, max32)
	case "nz-number":
		return upTo(1, max32)
	case "number64":
		return upTo(0, max63)
	case "mod-sequence":
		return upTo(1, max63)
	case "nz-size":
		return upTo(1, size)
	case "literal":
		return literals("{", size, false)
	case "literal8":
		return literals("~{", size, true)
	case "date-text":
		return checks{ok: func(b []byte) bool { _, err := time.Parse("2-Jan-2006", string(b)); return err == nil }}
	case "date-time":
		return checks{ok: func(b []byte) bool { _, err := time.Parse("_2-Jan-2006", string(b[1:12])); return err == nil }}
	case "clock":
		return checks{ok: func(b []byte) bool { return string(b[:2]) < "24" && b[3] < '6' && string(b[6:]) <= "60" }}
	case "zone":
		return checks{ok: func(b []byte) bool { return string(b[1:3]) < "24" && b[3] < '6' }}
	case "flag-extension":
		return not(`\Recent`)
	case "entry-flag":
		return not(`\\Recent`)
	case "option-name":
		return not("SUBSCRIBED", "SPECIAL-USE", "REMOTE", "RECURSIVEMATCH")
	case "return-name":
		return not("SUBSCRIBED", "SPECIAL-USE", "CHILDREN", "STATUS")
	case "search-ext-name":
		return not("MIN", "MAX", "ALL", "COUNT", "SAVE")
	case "result-name":
		return not("MIN", "MAX", "ALL", "COUNT", "MODSEQ", "UID")
	case "code-name":
		known := []string{"CAPABILITY", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "BADCHARSET", "PERMANENTFLAGS",
			"APPENDUID", "COPYUID", "HIGHESTMODSEQ", "MODIFIED", "MAILBOXID"}
		for _, alt := range a.Rulemap["code-word"].Alternation.Concatenations {
			known = append(known, strings.Trim(alt.String(), `"`))
		}
		return not(known...)
	case "plain-text":
		return checks{ok: func(b []byte) bool { return b[0] != '[' }}
	case "text-type":
		return theString("TEXT")
	case "message-type":
		return theString("MESSAGE")
	case "other-type":
		return otherString("TEXT", "MESSAGE", "MULTIPART")
	}
	return a.checksByProfile(name)
}

func (a *abnf) checksByProfile(name string) checks {
	switch {
	case name == "enclosed" && a.profile == Rev1:
		return theString("RFC822")
	case name == "enclosed":
		return theString("RFC822", "GLOBAL")
	case name == "other-subtype" && a.profile == Rev1:
		return otherString("RFC822")
	case name == "other-subtype":
		return otherString("RFC822", "GLOBAL")
	case (name == "mailbox" || name == "list-mailbox") && a.profile == Rev1:
		return checks{ok: func(b []byte) bool { // modified UTF-7: RFC 3501, section 5.1.3
			content := b
			if b[0] == '"' || b[0] == '{' {
				content, _ = str(b, false)
			}
			s, err := DecodeUTF7(content)
			return err == nil && EncodeUTF7(s) == string(content)
		}}
	}
	return checks{}
}
