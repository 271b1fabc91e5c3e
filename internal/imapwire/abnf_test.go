package imapwire

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// A talk is one direction of a profile.
type talk struct {
	*abnf
	server bool
	grammar
	unit func([]byte) (int, bool)
}

func (k talk) String() string {
	if k.server {
		return k.profile.String() + " responses"
	}
	return k.profile.String() + " commands"
}

// FuzzGrammar looks for octets on which the parser and the grammar disagree.
func FuzzGrammar(f *testing.F) {
	for _, l := range validCommands {
		line, _ := profilesOf(l)
		f.Add(false, []byte(line+"\r\n"))
	}
	for _, l := range validResponses {
		line, _ := profilesOf(l)
		f.Add(true, []byte(line+"\r\n"))
	}
	recognizers := []*recognizer{{abnf: loadABNF(f, Rev1)}, {abnf: loadABNF(f, Rev2)}}
	f.Fuzz(func(t *testing.T, server bool, b []byte) {
		if len(b) > maxSentence {
			return
		}
		for _, g := range recognizers {
			k := talk{g.abnf, server, commandGrammar, CommandUnit}
			if server {
				k.grammar, k.unit = responseGrammar, ResponseUnit
			}
			if k.notOurs(b) {
				return
			}
			g.server = server
			want, err := g.sentence(b), k.parse(b, k.profile)
			if want != (err == nil) {
				t.Errorf("%v: %q: the grammar says %t, the parser %v", k, b, want, err)
			}
		}
	})
}

// eachTalk runs f for both directions of both profiles.
func eachTalk(t *testing.T, f func(t *testing.T, k talk)) {
	for _, p := range []Profile{Rev1, Rev2} {
		a := loadABNF(t, p)
		for _, k := range []talk{{a, false, commandGrammar, CommandUnit}, {a, true, responseGrammar, ResponseUnit}} {
			t.Run(k.String(), func(t *testing.T) { f(t, k) })
		}
	}
}

// sentences is how many sentences each direction of each profile makes.
func sentences(short, long int) int {
	if testing.Short() {
		return short
	}
	return long
}

func TestSentencesOfTheGrammarAreAccepted(t *testing.T) {
	eachTalk(t, func(t *testing.T, k talk) {
		s := newSpeaker(k.abnf, 1, k.server)
		g := recognizer{abnf: k.abnf, server: k.server}
		known, long := 0, 0
		for range sentences(5000, 20000) {
			b := s.sentence()
			for _, p := range []Profile{k.profile, Any} {
				if err := k.parse(b, p); err != nil {
					t.Fatalf("%v: %q: %v", p, b, err)
				}
			}
			if n, ok := k.unit(b); (!ok || n != len(b)) && !literalInCode(k, b) {
				t.Fatalf("%q is framed as %d octets (%t), not %d", b, n, ok, len(b))
			}
			if len(b) > maxSentence {
				long++
			} else if !g.sentence(b) {
				t.Fatalf("the recognizer refuses %q", b)
			} else {
				known++
			}
		}
		if known < long {
			t.Errorf("%d sentences were recognized, %d were too long", known, long)
		}
		checkUsed(t, s)
	})
}

// literalInCode tells of the sentences that a [Framer] may not cut: in BADCHARSET, a
// charset that is a literal behind one with "]", or in a continuation.
func literalInCode(k talk, b []byte) bool {
	r, _ := ParseResponse(b, k.profile)
	return k.server && r.Code == "BADCHARSET" && (r.Type == Continuation || bytes.Contains(r.CodeArg, []byte("]")))
}

// checkUsed checks that every alternative that the start can reach was used.
func checkUsed(t *testing.T, s *speaker) {
	t.Helper()
	seen := make([]bool, len(s.rules))
	var visit func(n *node, rule string)
	visit = func(n *node, rule string) {
		if n.op == opRule && !seen[n.rule] {
			seen[n.rule] = true
			if r := &s.rules[n.rule]; r.make == nil {
				visit(r.node, r.name)
			}
		}
		for i, kid := range n.kids {
			if n.op == opAlt && s.used[n.choice+i] == 0 {
				t.Errorf("alternative %d of a choice in %s was never used", i, rule)
			}
			visit(kid, rule)
		}
	}
	visit(&node{op: opRule, rule: s.start(s.server)}, "")
}

// TestMutantsAreJudgedAsTheGrammarSays is the heart of it: on sentences with a
// small mistake the parser and the recognizer agree, whatever they say.
func TestMutantsAreJudgedAsTheGrammarSays(t *testing.T) {
	eachTalk(t, func(t *testing.T, k talk) {
		s := newSpeaker(k.abnf, 2, k.server)
		g := recognizer{abnf: k.abnf, server: k.server}
		r := rand.New(rand.NewPCG(3, 4))
		inside, outside, differ := 0, 0, 0
		for range sentences(5000, 20000) {
			b := s.sentence()
			m := mutate(r, b)
			if len(m) > maxSentence || k.notOurs(m) {
				continue
			}
			want, err := g.sentence(m), k.parse(m, k.profile)
			if want {
				inside++
			} else {
				outside++
			}
			if want != (err == nil) {
				t.Errorf("%q\nfrom %q: the grammar says %t, the parser %v", m, b, want, err)
				if differ++; differ > 10 {
					t.FailNow()
				}
			}
		}
		if inside < 100 || outside < 1000 {
			t.Errorf("%d mutants are sentences and %d are not", inside, outside)
		}
	})
}

// notOurs tells of commands and responses whose arguments the parser only checks for
// balance, and which the grammar does not have.
func (k talk) notOurs(b []byte) bool {
	if k.server {
		r, _ := ParseResponse(b, Any)
		switch r.Name {
		case "THREAD", "QUOTA", "QUOTAROOT", "ACL", "LISTRIGHTS", "MYRIGHTS", "METADATA", "LANGUAGE", "COMPARATOR", "XLIST", "URLFETCH", "GENURLAUTH":
			return true
		}
		return false
	}
	cmd, _ := ParseCommand(b, Any)
	spec, known := LookupCommand(cmd.Name)
	return known && !spec.Checked || !known && len(cmd.Name) > 1 && cmd.Name[0] == 'X'
}

// mutate makes one small mistake, or two.
func mutate(r *rand.Rand, b []byte) []byte {
	m := bytes.Clone(b)
	for range 1 + r.IntN(4)/3 {
		if len(m) == 0 {
			break
		}
		i := r.IntN(len(m))
		j := min(len(m), i+1+r.IntN(4))
		const special = "\"\\(){}[]<>*%$+-.,:;~&=/0019azNI \r\n\t\x00\x7f\x80\xff"
		ch := special[r.IntN(len(special))]
		switch r.IntN(9) {
		case 0:
			m = append(m[:i], m[i+1:]...)
		case 1:
			m = append(m[:i], m[j:]...)
		case 2:
			m = append(m[:i], append([]byte{ch}, m[i:]...)...)
		case 3:
			m[i] = ch
		case 4:
			m = append(m[:j:j], m[i:]...)
		case 5:
			m = append(m[:i], append([]byte{m[i]}, m[i:]...)...)
		case 6:
			k := r.IntN(len(m))
			m[i], m[k] = m[k], m[i]
		case 7:
			m = swapToken(r, m)
		case 8:
			words := []string{"NIL", "()", "\"\"", "\\Recent", "$", "*", "4294967296", "0", "ALL", "{1}\r\na", "{0+}\r\n", "INBOX", "&-", "&", "é", "("}
			m = append(m[:i:i], append([]byte(words[r.IntN(len(words))]), b[min(i, len(b)):]...)...)
		}
	}
	return m
}

// swapToken swaps two neighbours that a space parts.
func swapToken(r *rand.Rand, m []byte) []byte {
	words := bytes.Split(m, []byte(" "))
	if len(words) < 3 {
		return m
	}
	i := 1 + r.IntN(len(words)-2)
	words[i-1], words[i] = words[i], words[i-1]
	return bytes.Join(words, []byte(" "))
}

// TestASecondRecognizerAgrees asks go-abnf's recognizer, which knows the grammar
// without the checks: what the parser accepts is a sentence for it too. It takes
// octets that are UTF-8 and needs a millisecond for each sentence, so that only
// short ones are shown to it.
func TestASecondRecognizerAgrees(t *testing.T) {
	eachTalk(t, func(t *testing.T, k talk) {
		s := newSpeaker(k.abnf, 6, k.server)
		r := rand.New(rand.NewPCG(7, 8))
		start := k.rules[k.start(k.server)].name
		yes, no := 0, 0
		for yes+no < sentences(150, 500) {
			b := s.sentence()
			if (yes+no)%2 == 1 {
				b = mutate(r, b)
			}
			if len(b) > 64 || !utf8.Valid(b) || bytes.Contains(b, []byte("}\r\n")) || k.notOurs(b) {
				continue
			}
			ok, err := k.IsValid(start, b)
			if err != nil {
				t.Fatal(err)
			}
			accepted := k.parse(b, k.profile) == nil
			if accepted && !ok {
				t.Errorf("%q is accepted and not in the grammar", b)
			}
			if ok {
				yes++
			} else {
				no++
			}
		}
		if yes == 0 || no == 0 {
			t.Errorf("%d sentences and %d others were shown", yes, no)
		}
	})
}

// TestTheFirstSentencesStayTheSame pins the generator: the same seed means the same
// sentences on every machine.
func TestTheFirstSentencesStayTheSame(t *testing.T) {
	a := loadABNF(t, Rev2)
	one, two := newSpeaker(a, 9, false), newSpeaker(a, 9, false)
	distinct := map[string]bool{}
	for i := range 200 {
		b := fmt.Sprintf("%q", one.sentence())
		if c := fmt.Sprintf("%q", two.sentence()); b != c {
			t.Fatalf("sentence %d is %s, then %s", i, b, c)
		}
		distinct[b] = true
	}
	if len(distinct) < 150 {
		t.Errorf("only %d of 200 sentences are distinct", len(distinct))
	}
}
