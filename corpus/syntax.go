package corpus

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// A SyntaxError says where the text of a case is wrong. Line and Col count from
// 1, Col in bytes; Got is empty where Want says it all.
type SyntaxError struct {
	File string // as given to Parse; may be empty
	Line int
	Col  int
	Want string
	Got  string
}

// Error returns "file:line:col: want X, got Y".
func (e *SyntaxError) Error() string {
	s := fmt.Sprintf("%d:%d: want %s", e.Line, e.Col, e.Want)
	if e.File != "" {
		s = e.File + ":" + s
	}
	if e.Got != "" {
		s += ", got " + e.Got
	}
	return s
}

// A VersionError says that a text is a case of a version that this package does
// not know.
type VersionError struct {
	File string // as given to Parse; may be empty
	Got  string // what stands where the version should
}

// Error names the place, if the file is known, and both versions.
func (e *VersionError) Error() string {
	s := fmt.Sprintf("want case version %d, got version %s", Version, e.Got)
	if e.File != "" {
		s = fmt.Sprintf("%s:1:%d: %s", e.File, len(firstLine)+1, s)
	}
	return s
}

// maxGot bounds how much of the text an error quotes.
const maxGot = 24

// got shows what stands at the start of rest.
func got(rest string) string {
	if rest == "" {
		return "end of line"
	}
	if len(rest) > maxGot {
		cut := maxGot
		for cut > 0 && !utf8.RuneStart(rest[cut]) {
			cut--
		}
		return strconv.QuoteToASCII(rest[:cut]) + "..."
	}
	return strconv.QuoteToASCII(rest)
}

// A fail is a syntax error within one line: col counts from 1.
type fail struct {
	col  int
	want string
	got  string
}

// ruleFail translates an error of package faultnet about a rule whose text
// starts at column col.
func ruleFail(err error, col int) *fail {
	var e *faultnet.SyntaxError
	if errors.As(err, &e) {
		return &fail{col + max(e.Col, 1) - 1, e.Want, e.Got}
	}
	return &fail{col, "a fault rule", err.Error()}
}
