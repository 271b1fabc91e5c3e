package goimap

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// maxSearchDepth bounds how deep NOT and OR may nest.
const maxSearchDepth = 64

// searchKeys reads the words of a search (RFC 9051, section 6.4.4): all,
// answered, deleted, draft, flagged, seen and their un- forms, keyword F,
// unkeyword F, from, to, cc, bcc, subject, body and text S, header F S, since,
// before, on, sentsince, sentbefore and senton D (2-Jan-2006), larger and
// smaller N, modseq N, uid SET, SET, not KEY, or KEY KEY. No word at all is
// "all".
func searchKeys(words []string) (*imap.SearchCriteria, error) {
	c := new(imap.SearchCriteria)
	for len(words) > 0 {
		var err error
		if words, err = searchKey(c, words, 0); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// searchKey reads one key into c and returns the words after it.
func searchKey(c *imap.SearchCriteria, words []string, depth int) ([]string, error) {
	if depth > maxSearchDepth {
		return nil, fmt.Errorf("search keys nest deeper than %d", maxSearchDepth)
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("want a search key, got the end of the call")
	}
	key, rest := lower(words[0]), words[1:]
	if flagKey(c, key) {
		return rest, nil
	}
	switch key {
	case "all":
		return rest, nil
	case "not":
		var not imap.SearchCriteria
		rest, err := searchKey(&not, rest, depth+1)
		c.Not = append(c.Not, not)
		return rest, err
	case "or":
		var or [2]imap.SearchCriteria
		for i := range or {
			var err error
			if rest, err = searchKey(&or[i], rest, depth+1); err != nil {
				return nil, err
			}
		}
		c.Or = append(c.Or, or)
		return rest, nil
	}
	n := searchArguments(key)
	if len(rest) < n {
		return nil, fmt.Errorf("want %d arguments after %s, got %d", n, key, len(rest))
	}
	return rest[n:], argumentKey(c, key, rest[:n])
}

// searchArguments returns how many words follow key.
func searchArguments(key string) int {
	switch key {
	case "keyword", "unkeyword", "from", "to", "cc", "bcc", "subject", "body", "text", "uid", "larger", "smaller", "modseq",
		"since", "before", "on", "sentsince", "sentbefore", "senton":
		return 1
	case "header":
		return 2
	}
	return 0
}

// flagKey reads the keys that name a system flag.
func flagKey(c *imap.SearchCriteria, key string) bool {
	name, not := strings.CutPrefix(key, "un")
	var flag imap.Flag
	switch name {
	case "answered":
		flag = imap.FlagAnswered
	case "deleted":
		flag = imap.FlagDeleted
	case "draft":
		flag = imap.FlagDraft
	case "flagged":
		flag = imap.FlagFlagged
	case "seen":
		flag = imap.FlagSeen
	default:
		return false
	}
	if not {
		c.NotFlag = append(c.NotFlag, flag)
	} else {
		c.Flag = append(c.Flag, flag)
	}
	return true
}

// argumentKey reads the keys that take arguments, and bare sets.
func argumentKey(c *imap.SearchCriteria, key string, args []string) (err error) {
	switch key {
	case "keyword":
		c.Flag = append(c.Flag, imap.Flag(args[0]))
	case "unkeyword":
		c.NotFlag = append(c.NotFlag, imap.Flag(args[0]))
	case "from", "to", "cc", "bcc", "subject":
		c.Header = append(c.Header, imap.SearchCriteriaHeaderField{Key: key, Value: args[0]})
	case "header":
		c.Header = append(c.Header, imap.SearchCriteriaHeaderField{Key: args[0], Value: args[1]})
	case "body":
		c.Body = append(c.Body, args[0])
	case "text":
		c.Text = append(c.Text, args[0])
	case "larger":
		c.Larger, err = strconv.ParseInt(args[0], 10, 64)
	case "smaller":
		c.Smaller, err = strconv.ParseInt(args[0], 10, 64)
	case "modseq":
		c.ModSeq = new(imap.SearchCriteriaModSeq)
		c.ModSeq.ModSeq, err = strconv.ParseUint(args[0], 10, 63)
	case "since", "before", "on", "sentsince", "sentbefore", "senton":
		err = dateKey(c, key, args[0])
	case "uid":
		var set imap.UIDSet
		set, err = uidSet(args[0])
		c.UID = append(c.UID, set)
	default:
		var set imap.SeqSet
		if set, err = seqSet(key); err != nil {
			return fmt.Errorf("want a search key, got %q", abridged(key))
		}
		c.SeqNum = append(c.SeqNum, set)
	}
	return err
}

func dateKey(c *imap.SearchCriteria, key, arg string) error {
	day, err := time.Parse("2-Jan-2006", arg)
	if err != nil {
		return fmt.Errorf("want a date as in 2-Jan-2006, got %q", abridged(arg))
	}
	next := day.AddDate(0, 0, 1)
	switch key {
	case "since":
		c.Since = day
	case "before":
		c.Before = day
	case "on":
		c.Since, c.Before = day, next
	case "sentsince":
		c.SentSince = day
	case "sentbefore":
		c.SentBefore = day
	case "senton":
		c.SentSince, c.SentBefore = day, next
	}
	return nil
}

// searchReturn takes a leading "return:min,max,all,count" from words
// (RFC 9051, section 6.4.4).
func searchReturn(words []string) (*imap.SearchOptions, []string, error) {
	if len(words) == 0 {
		return nil, words, nil
	}
	list, ok := strings.CutPrefix(lower(words[0]), "return:")
	if !ok {
		return nil, words, nil
	}
	o := new(imap.SearchOptions)
	for name := range strings.SplitSeq(list, ",") {
		switch name {
		case "min":
			o.ReturnMin = true
		case "max":
			o.ReturnMax = true
		case "all":
			o.ReturnAll = true
		case "count":
			o.ReturnCount = true
		default:
			return nil, nil, fmt.Errorf("want min, max, all or count, got %q", abridged(name))
		}
	}
	return o, words[1:], nil
}
