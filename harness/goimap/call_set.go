package goimap

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// parseSet reads a sequence set (RFC 9051, section 9) and gives each of its
// ranges to add, 0 standing for "*".
func parseSet(s string, add func(start, stop uint32)) error {
	if s == "" {
		return fmt.Errorf("want a set, got nothing")
	}
	for part := range strings.SplitSeq(s, ",") {
		first, last, isRange := strings.Cut(part, ":")
		start, err := setNumber(first)
		if err != nil {
			return err
		}
		stop := start
		if isRange {
			if stop, err = setNumber(last); err != nil {
				return err
			}
		}
		add(start, stop)
	}
	return nil
}

func setNumber(s string) (uint32, error) {
	if s == "*" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("want a number from 1 to 4294967295 or *, got %q", abridged(s))
	}
	return uint32(n), nil
}

func seqSet(s string) (imap.SeqSet, error) {
	var set imap.SeqSet
	err := parseSet(s, set.AddRange)
	return set, err
}

// uidSet reads a set of UIDs; "$" is the result of the last search (RFC 9051,
// section 6.4.4.1).
func uidSet(s string) (imap.UIDSet, error) {
	if s == "$" {
		return imap.SearchRes(), nil
	}
	var set imap.UIDSet
	err := parseSet(s, func(start, stop uint32) { set.AddRange(imap.UID(start), imap.UID(stop)) })
	return set, err
}

// numSet reads a set of either kind.
func numSet(uid bool, s string) (imap.NumSet, error) {
	if uid {
		return uidSet(s)
	}
	return seqSet(s)
}

func flagList(words []string) []imap.Flag {
	var flags []imap.Flag
	for _, w := range words {
		flags = append(flags, imap.Flag(w))
	}
	return flags
}
