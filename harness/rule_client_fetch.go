package harness

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// clientFetchRules are about how much of messages a client asks for at once.
func clientFetchRules() []Rule {
	c := faultnet.Client
	return []Rule{
		{
			ID: "2683-3.2.1.2-a", Section: "RFC 2683, section 3.2.1.2", Side: c, Severity: Info, Kind: Protocol, Local: true, Call: callOverview,
			Text:    fmt.Sprintf("Of a large mailbox (here: more than %d messages) the messages are fetched in batches, so that other commands can come between.", manyMessages),
			Example: "S: * 100000 EXISTS\nD: overview\nC: T3 FETCH 1:* ALL",
			check:   checkBatches,
		},
		{
			ID: "2683-3.2.1.3-a", Section: "RFC 2683, section 3.2.1.3 (with erratum 3129)", Side: c, Severity: Info, Kind: Protocol, Call: callDownload,
			Text:    "A large part is fetched in pieces, each from the octet on at which the last one ended, counted from 0.",
			Example: "D: download 1 20000\nC: T3 FETCH 1 BODY.PEEK[]<0.20000>\nC: T4 FETCH 1 BODY.PEEK[]<20001.20000>",
			check:   checkPieces,
		},
		{
			ID: "2683-3.2.1.4-b", Section: "RFC 2683, section 3.2.1.4", Side: c, Severity: Info, Kind: Protocol, Local: true, Call: callRead,
			Text:    "A client that shows a message fetches the parts that it shows, not the whole message.",
			Example: "D: read 1\nC: T3 FETCH 1 BODY[]",
			check:   checkWholeMessages,
		},
	}
}

// manyMessages is how many messages a mailbox has, at least, that is a large one.
const manyMessages = 500

// messagesIn returns how many messages the client knew of before that event.
func (s *Session) messagesIn(event int) uint32 {
	n := uint32(0)
	for i := range s.Responses {
		if r := &s.Responses[i]; r.Event < event && r.Name == "EXISTS" {
			n = r.Num
		}
	}
	return n
}

func checkBatches(j *judging, r Rule) {
	s := j.client()
	if s == nil || hasCalls(j.rec) && !j.called(callOverview) {
		return
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "FETCH" && c.Name != "UID FETCH" || c.Err != nil || j.asked(c.Name) {
			continue
		}
		exists := s.messagesIn(c.Begun)
		if exists <= manyMessages {
			continue
		}
		j.reach(r)
		set, _, ok := c.Set()
		items := 0
		c.EachFetchAtt(func(a imapwire.FetchAtt) {
			items++
			if a.Name == "ALL" || a.Name == "FULL" || a.Name == "ENVELOPE" || a.Name == "BODYSTRUCTURE" {
				items++
			}
		})
		if ok && set.Count(exists) > manyMessages && items > 1 {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: fmt.Sprintf("%s, and the mailbox has %d messages", quoteUnit(c.Raw), exists)})
			return
		}
	}
}

// checkPieces follows the pieces of a download.
func checkPieces(j *judging, r Rule) {
	s := j.client()
	if s == nil || !j.called(callDownload) || s.TLS {
		return
	}
	next, section := uint64(0), ""
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "FETCH" && c.Name != "UID FETCH" || c.Err != nil || j.asked(c.Name) {
			continue
		}
		var att imapwire.FetchAtt
		c.EachFetchAtt(func(a imapwire.FetchAtt) {
			if strings.HasPrefix(a.Name, "BODY") && a.Section != nil {
				att = a
			}
		})
		if att.Name == "" {
			continue
		}
		if s.misled(c.Begun) {
			return // the client may have read more, or less, than we do
		}
		j.reach(r)
		got, answered := s.bodyOf(c, string(att.Section))
		where := fmt.Sprintf("%s of [%s]", c.Args[:c.setLength()], att.Section)
		switch {
		case !att.Partial && answered && got > largePart:
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: "whole", Summary: fmt.Sprintf("%s fetched %d octets at once", quoteUnit(c.Raw), got)})
			return
		case att.Partial && section == where && att.Offset > next && next > 0:
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Where: "gap", Severity: Error,
				Summary: fmt.Sprintf("%s leaves out the octets from %d to %d", quoteUnit(c.Raw), next, att.Offset-1)})
			return
		}
		section, next = where, att.Offset+got
	}
}

// largePart is how many octets a large part has.
const largePart = 1 << 20

// bodyOf returns how many octets of a section the completed c brought.
func (s *Session) bodyOf(c *Command, section string) (n uint64, answered bool) {
	if c.Answer < 0 {
		return 0, false
	}
	for i := range s.Responses[:c.Answer] {
		resp := &s.Responses[i]
		if resp.Name != "FETCH" || resp.Event < c.Begun {
			continue
		}
		imapwire.EachFetchItem(resp.Response, func(name string, sec []byte, _ int64, value []byte) {
			if name == "BODY" && bytes.EqualFold(sec, []byte(section)) {
				text, _, _ := imapwire.NString(value)
				n, answered = n+uint64(len(text)), true
			}
		})
	}
	return n, answered
}

func checkWholeMessages(j *judging, r Rule) {
	s := j.client()
	if s == nil || !j.called(callRead) || j.called("download") || j.called("stream") { // those are to fetch it all
		return
	}
	if j.done(callRead) {
		j.reach(r)
	}
	for i := range s.Commands {
		c := &s.Commands[i]
		if c.Name != "FETCH" && c.Name != "UID FETCH" || c.Err != nil || j.asked(c.Name) {
			continue
		}
		whole := false
		c.EachFetchAtt(func(a imapwire.FetchAtt) {
			whole = whole || a.Name == "RFC822" || strings.HasPrefix(a.Name, "BODY") && a.Section != nil && len(a.Section) == 0
		})
		if whole {
			j.report(r, Finding{Conn: s.Conn, event: c.Begun, Summary: quoteUnit(c.Raw) + " fetches the whole of a message that is to be shown"})
			return
		}
	}
}
