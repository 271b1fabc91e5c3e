package harness

import (
	"bytes"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// fetchUses are the items and modifiers of FETCH that are not of RFC 3501.
func (c *Command) fetchUses() []use {
	out := savedUse(nil, c.Args)
	m, ok := c.EachFetchAtt(func(a imapwire.FetchAtt) {
		var caps []string
		word := strings.ToLower(a.Name)
		switch a.Name {
		case "MODSEQ":
			out = append(out, condstore("MODSEQ"))
			return
		case "BINARY", "BINARY.PEEK", "BINARY.SIZE":
			word, caps = "binary", []string{"BINARY", "IMAP4rev2"}
		case "PREVIEW":
			caps = []string{"PREVIEW", "PREVIEW="}
		case "SAVEDATE":
			caps = []string{"SAVEDATE"}
		case "EMAILID", "THREADID":
			caps = []string{"OBJECTID"}
		default:
			return
		}
		out = append(out, use{what: "FETCH " + a.Name, asks: []string{word}, caps: caps})
	})
	if ok && m.ChangedSince > 0 {
		out = append(out, condstore("CHANGEDSINCE"))
	}
	if ok && m.Vanished {
		out = append(out, qresync("VANISHED"))
	}
	return out
}

// searchUses are the options and keys of SEARCH that are not of RFC 3501.
func (c *Command) searchUses() (out []use) {
	a, ok := c.EachSearchKey(func(k imapwire.SearchKey) {
		var caps []string
		switch k.Name {
		case "", "UID":
			if bytes.IndexByte(k.Arg, '$') >= 0 {
				out = savedUse(out, k.Arg)
			}
			return
		case "MODSEQ":
			out = append(out, condstore("MODSEQ"))
			return
		case "OLDER", "YOUNGER":
			caps = []string{"WITHIN"}
		case "SAVEDBEFORE", "SAVEDON", "SAVEDSINCE", "SAVEDATESUPPORTED":
			caps = []string{"SAVEDATE"}
		case "EMAILID", "THREADID":
			caps = []string{"OBJECTID"}
		default:
			return
		}
		out = append(out, use{what: "SEARCH " + k.Name, asks: []string{strings.ToLower(k.Name)}, caps: caps})
	})
	if ok && a.HasReturn {
		out = append(out, use{what: "SEARCH RETURN", asks: []string{"return"}, caps: []string{"ESEARCH", "IMAP4rev2"}})
		if a.Return.Has("SAVE") {
			out = append(out, use{what: "SEARCH RETURN (SAVE)", asks: []string{"save"}, caps: []string{"SEARCHRES", "IMAP4rev2"}})
		}
	}
	return out
}
