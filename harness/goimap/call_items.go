package goimap

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// fetchOptions reads the items of a fetch (RFC 9051, section 6.4.5): flags, uid,
// envelope, body, bodystructure, internaldate, size, modseq, body[...],
// body.peek[...], binary[...], binary.peek[...], binary.size[...], the sections
// with an optional <offset.size>; and changedsince:N. Header fields are written
// without spaces: body[header.fields(from,subject)].
func fetchOptions(words []string) (*imap.FetchOptions, error) {
	o := new(imap.FetchOptions)
	for _, w := range words {
		if err := fetchItem(o, lower(w)); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func fetchItem(o *imap.FetchOptions, w string) error {
	switch w {
	case "flags":
		o.Flags = true
	case "uid":
		o.UID = true
	case "envelope":
		o.Envelope = true
	case "body":
		o.BodyStructure = new(imap.FetchItemBodyStructure)
	case "bodystructure":
		o.BodyStructure = &imap.FetchItemBodyStructure{Extended: true}
	case "internaldate":
		o.InternalDate = true
	case "size", "rfc822.size":
		o.RFC822Size = true
	case "modseq":
		o.ModSeq = true
	default:
		if n, ok := strings.CutPrefix(w, "changedsince:"); ok {
			v, err := strconv.ParseUint(n, 10, 63)
			o.ChangedSince = v
			return err
		}
		return fetchSection(o, w)
	}
	return nil
}

// fetchSection reads name[section] or name[section]<offset.size>.
func fetchSection(o *imap.FetchOptions, w string) error {
	name, rest, ok := strings.Cut(w, "[")
	section, tail, closed := strings.Cut(rest, "]")
	if !ok || !closed {
		return fmt.Errorf("want an item of fetch, got %q", abridged(w))
	}
	partial, err := fetchPartial(tail)
	if err != nil {
		return err
	}
	parts, spec, err := sectionParts(section)
	if err != nil {
		return err
	}
	name, peek := strings.CutSuffix(name, ".peek")
	switch {
	case name == "body":
		item := &imap.FetchItemBodySection{Part: parts, Partial: partial, Peek: peek}
		if err := bodySpecifier(item, spec); err != nil {
			return err
		}
		o.BodySection = append(o.BodySection, item)
	case spec != "":
		return fmt.Errorf("want part numbers only, got %q", abridged(w))
	case name == "binary":
		o.BinarySection = append(o.BinarySection, &imap.FetchItemBinarySection{Part: parts, Partial: partial, Peek: peek})
	case name == "binary.size" && !peek && partial == nil:
		o.BinarySectionSize = append(o.BinarySectionSize, &imap.FetchItemBinarySectionSize{Part: parts})
	default:
		return fmt.Errorf("want an item of fetch, got %q", abridged(w))
	}
	return nil
}

// sectionParts splits "1.2.header" into its numbers and the rest.
func sectionParts(s string) (parts []int, spec string, err error) {
	for s != "" && s[0] >= '0' && s[0] <= '9' {
		num, rest, _ := strings.Cut(s, ".")
		n, err := strconv.ParseUint(num, 10, 31)
		if err != nil {
			return nil, "", fmt.Errorf("part number: %w", err)
		}
		parts = append(parts, int(n))
		s = rest
	}
	return parts, s, nil
}

func bodySpecifier(item *imap.FetchItemBodySection, spec string) error {
	name, list, fields := strings.Cut(spec, "(")
	switch name {
	case "":
	case "header", "header.fields", "header.fields.not":
		item.Specifier = imap.PartSpecifierHeader
	case "mime":
		item.Specifier = imap.PartSpecifierMIME
	case "text":
		item.Specifier = imap.PartSpecifierText
	default:
		return fmt.Errorf("want header, header.fields(...), header.fields.not(...), mime or text, got %q", abridged(spec))
	}
	list, ended := strings.CutSuffix(list, ")")
	wantFields := strings.HasPrefix(name, "header.fields")
	if fields != wantFields || fields && (!ended || list == "") {
		return fmt.Errorf("want header fields as in header.fields(from,to), got %q", abridged(spec))
	}
	switch {
	case name == "header.fields":
		item.HeaderFields = strings.Split(list, ",")
	case name == "header.fields.not":
		item.HeaderFieldsNot = strings.Split(list, ",")
	}
	return nil
}

func fetchPartial(s string) (*imap.SectionPartial, error) {
	if s == "" {
		return nil, nil
	}
	inner, ok := strings.CutPrefix(s, "<")
	inner, ended := strings.CutSuffix(inner, ">")
	first, last, dot := strings.Cut(inner, ".")
	offset, err1 := strconv.ParseInt(first, 10, 64)
	size, err2 := strconv.ParseInt(last, 10, 64)
	if !ok || !ended || !dot || err1 != nil || err2 != nil || offset < 0 || size < 0 {
		return nil, fmt.Errorf("want <offset.size>, got %q", abridged(s))
	}
	return &imap.SectionPartial{Offset: offset, Size: size}, nil
}
