package harness

import (
	"bytes"
	"fmt"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// slowSearch is how long a search for flags may take: nothing else waits for it.
const slowSearch = 5 * time.Second

func searchRules() []Rule {
	return []Rule{
		{
			ID: "2683-3.2.3-a", Section: "RFC 2683, section 3.2.3", Side: faultnet.Server, Severity: Warn, Kind: Resource, Scenario: true, Local: true, Needs: LongTime,
			Text:    "A search for flags is quick.",
			Example: "C: a1 SEARCH UNSEEN\n# a minute later\nS: * SEARCH 1",
			check:   checkQuickSearch,
		},
		{
			ID: "2683-3.2.3-b", Section: "RFC 2683, section 3.2.3", Side: faultnet.Server, Severity: Info, Kind: Resource,
			Text: "A search for text may be slower.", Why: "It is leave, not duty; that a search is answered at all is judged as R-FR-3.",
		},
		{
			ID: "2683-3.2.3-d", Section: "RFC 2683, section 3.2.3; RFC 9051, section 6.4.4", Side: faultnet.Server, Severity: Error, Kind: Lie, Local: true,
			Text:    "A search for flags finds exactly the messages that have them, and \"*\" among UIDs is the last message, in a STORE too.",
			Example: "C: a1 FETCH 1:2 (FLAGS)\nS: * 1 FETCH (FLAGS (\\Seen))\nS: * 2 FETCH (FLAGS ())\nC: a2 SEARCH SEEN\nS: * SEARCH 1 2",
			check:   checkModel(searchFlags),
		},
		{
			ID: "2683-3.2.3-e", Section: "RFC 2683, section 3.2.3; RFC 3501, section 6.4.4", Side: faultnet.Server, Severity: Warn, Kind: Protocol, Scenario: true, Local: true,
			Text:    "SEARCH knows the charset UTF-8; one that it does not know is refused with NO and [BADCHARSET], not with BAD.",
			Example: "C: a1 SEARCH CHARSET UTF-8 TEXT {2}\nS: a1 BAD unknown charset",
			check:   checkCharset,
		},
	}
}

// flagKeys reports whether c searches for flags alone.
func flagKeys(c *Command) bool {
	flags := true
	_, ok := c.EachSearchKey(func(k imapwire.SearchKey) {
		switch k.Name {
		case "ALL", "SEEN", "UNSEEN", "ANSWERED", "UNANSWERED", "DELETED", "UNDELETED", "DRAFT", "UNDRAFT", "FLAGGED", "UNFLAGGED", "NEW", "OLD", "RECENT", "NOT", "OR", "(":
		default:
			flags = false
		}
	})
	return ok && flags
}

func checkQuickSearch(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			if trimUID(c.Name) != "SEARCH" || c.Answer < 0 || c.Received < 0 || s.Faulted >= 0 || !flagKeys(c) {
				continue
			}
			j.reach(r)
			if took := j.rec.Events[s.answered(c)].At - j.rec.Events[c.Received].At; took >= slowSearch {
				j.report(r, Finding{Conn: s.Conn, event: s.answered(c), Summary: fmt.Sprintf("%s took %v", quoteUnit(c.Raw), took)})
				return
			}
		}
	}
}

func checkCharset(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for i := range s.Commands {
			c := &s.Commands[i]
			if trimUID(c.Name) != "SEARCH" || c.Answer < 0 || c.Err != nil {
				continue
			}
			a, ok := c.EachSearchKey(func(imapwire.SearchKey) {})
			if !ok || a.Charset == nil {
				continue
			}
			j.reach(r)
			resp := &s.Responses[c.Answer]
			where := ""
			switch utf8 := bytes.EqualFold(a.Charset, []byte("UTF-8")); {
			case utf8 && resp.Status != imapwire.OK:
				where = "UTF-8"
			case !utf8 && resp.Status == imapwire.BAD:
				where = "BAD"
			case !utf8 && resp.Status == imapwire.NO && resp.Code != "BADCHARSET":
				where = "no BADCHARSET"
			default:
				continue
			}
			j.report(r, Finding{Conn: s.Conn, event: resp.Event, Where: where, Summary: fmt.Sprintf("%s was answered %s", quoteUnit(c.Raw), quoteUnit(resp.Raw))})
		}
	}
}
