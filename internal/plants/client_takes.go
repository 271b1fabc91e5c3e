package plants

import (
	"bytes"
	"errors"
	"regexp"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

var errSpoiled = errors.New("the server sent what is not known")

// spoil is what defects make of a response that a client has to put up with: the
// command that runs is taken for failed.
func (c *client) spoil(r reply) {
	if len(c.bugs) == 0 {
		return
	}
	untagged := r.Type == imapwire.Untagged
	switch {
	case c.has("client-needs-codes") && strings.HasPrefix(r.Code, "X-"),
		c.has("client-needs-flags") && r.Name == "FETCH" && bytes.Contains(r.Rest, []byte(`\New`)),
		c.has("client-takes-warning") && untagged && (r.Status == imapwire.NO || r.Status == imapwire.BAD),
		c.has("client-stops-at-bye") && untagged && r.Status == imapwire.BYE:
		c.spoiled = errSpoiled
	}
}

var sizeItem = regexp.MustCompile(`RFC822\.SIZE ([0-9]{1,9}) `)

// misjudge is how the defect "client-trusts-size" hands a literal over: as much of
// it as RFC822.SIZE says.
func (c *client) misjudge(b *harness.Body, raw []byte) {
	if !c.has("client-trusts-size") {
		return
	}
	if m := sizeItem.FindSubmatch(raw); m != nil {
		n, _ := strconv.ParseInt(string(m[1]), 10, 64)
		b.Announced, b.Got = min(b.Announced, n), min(b.Got, n)
	}
}

// repeats reports whether a defect sends a FETCH again that brought too little.
func (c *client) repeats(err error) bool {
	var no *statusError
	if !errors.As(err, &no) {
		return c.has("client-repeats-fetch")
	}
	return c.has("client-repeats-refused") && no.status == imapwire.NO || c.has("client-repeats-line") && no.status == imapwire.BAD
}
