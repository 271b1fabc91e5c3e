package harness

import (
	"bytes"
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverLiteralRules() []Rule {
	return []Rule{
		{
			ID: "R-LIT-14", Section: "RFC 7888, section 5", Side: faultnet.Server, Severity: Error, Kind: Protocol, Local: true, Capability: "LITERAL-",
			Text:    "A server with LITERAL- that refuses an APPEND for a non-synchronizing literal of more than 4096 octets says BAD [TOOBIG].",
			Example: "C: a2 APPEND INBOX {5000+}\nS: a2 BAD no",
			check:   checkTooBig,
		},
		{
			ID: "R-LIT-17", Section: "RFC 3516, section 4.3; RFC 9051, section 4.3.1", Side: faultnet.Server, Severity: Error, Kind: Lie, Local: true, Capability: "BINARY|IMAP4rev2",
			Text:    "BINARY.SIZE is the number of octets that BINARY brings.",
			Example: "S: * 1 FETCH (BINARY.SIZE[1] 9 BINARY[1] {5}...)",
			check:   checkBinary,
		},
	}
}

// maxNonSync is the size of a non-synchronizing literal that LITERAL- allows at most.
const maxNonSync = 4096

func checkTooBig(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := range s.Commands {
			c := &s.Commands[k]
			n := len(c.Literals)
			if c.Name != "APPEND" || n == 0 || !c.Literals[n-1].NonSync || c.Literals[n-1].Size <= maxNonSync || c.Answer < 0 {
				continue
			}
			resp := &s.Responses[c.Answer]
			if c.malformed() || !s.offers(resp.Event, "LITERAL-") || s.offers(resp.Event, "LITERAL+") || s.brokenBefore(resp.Event) || !validIn(c.Name, resp.Phase) {
				continue
			}
			j.reach(r)
			if resp.Status == imapwire.BAD && resp.Code != "TOOBIG" {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Summary: fmt.Sprintf("%s was answered %s", quoteUnit(c.Raw), quoteUnit(resp.Raw))})
				break
			}
		}
	}
}

// checkBinary compares sizes and octets of the same part in the same response. A
// part that was asked for from an origin is not the whole of it.
func checkBinary(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Responses {
			resp := &s.Responses[i]
			if resp.Name != "FETCH" || resp.Err != nil || !bytes.Contains(resp.Raw, []byte("BINARY.SIZE")) {
				continue
			}
			if told, got, differs := binarySizes(j, r, resp); differs && !s.wantsPieces(resp.Event) {
				j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: "size", Summary: fmt.Sprintf("BINARY.SIZE is %d and BINARY brings %d octets: %s", told, got, quoteUnit(resp.Raw))})
				break
			}
		}
	}
}

// wantsPieces reports whether a command that came before event asks for a piece
// of a BINARY part: its response does not say so (RFC 9051, section 9, msg-att-static).
func (s *Session) wantsPieces(event int) bool {
	for i := range s.Commands {
		if c := &s.Commands[i]; c.Begun < event && trimUID(c.Name) == "FETCH" && containsFold(c.Raw, "binary") && bytes.Contains(c.Raw, []byte("]<")) {
			return true
		}
	}
	return false
}

// binarySizes looks for a part of which resp has both the size and other octets.
func binarySizes(j *judging, r Rule, resp *Response) (told, got uint64, differs bool) {
	type size struct {
		section string
		n       uint64
	}
	var sizes []size
	imapwire.EachFetchItem(resp.Response, func(name string, section []byte, _ int64, value []byte) {
		if name == "BINARY.SIZE" {
			if n, ok := imapwire.ParseNumber(value); ok {
				sizes = append(sizes, size{string(section), n})
			}
		}
	})
	imapwire.EachFetchItem(resp.Response, func(name string, section []byte, origin int64, value []byte) {
		octets, isNil, err := imapwire.NString(value)
		if name != "BINARY" || origin >= 0 || isNil || err != nil {
			return
		}
		for _, s := range sizes {
			if s.section != string(section) {
				continue
			}
			j.reach(r)
			if s.n != uint64(len(octets)) && !differs {
				told, got, differs = s.n, uint64(len(octets)), true
			}
		}
	})
	return told, got, differs
}
