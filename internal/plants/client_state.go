package plants

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

// clientState is what a client knows from what the server told: all of it,
// whenever it came (RFC 9051, section 5.2).
type clientState struct {
	phase     imapwire.States // 0 before the greeting and after the end
	told      bool            // the command that runs has told the capabilities
	bye       string          // why the server ends the session
	box       string          // the selected mailbox, "" if there is none
	opening   string          // the one that is being selected
	filling   string          // the one that APPEND is for
	unseen    bool            // SELECT told the first message that is unseen
	readOnly  bool
	delimiter string // that LIST told last
	exists    uint32
	validity  uint32
	next      uint32
	seen      map[uint32]bool // messages that FETCH responses named since the command began
	uids      []uint32        // and their UIDs
	found     []uint32        // of SEARCH and ESEARCH
	qresync   bool            // ENABLED has told that it is on
	asked     []string        // names and texts that responses brought since the command began

	expunges, mailboxes, fetches int // how many responses came
}

// A cached is what is remembered of a mailbox by UID: worth nothing once
// UIDVALIDITY is another (RFC 4549, section 4.1).
type cached struct {
	validity uint32
	uids     []uint32
}

// take notes what a response tells. Before login that is no more than
// capabilities and status (RFC 9051, section 11.3), and nothing of messages is
// believed while no mailbox is open.
func (c *client) take(r reply) error {
	if c.has("client-deaf-after-done") && c.ending {
		return nil
	}
	if c.has("client-keeps-after-login") && c.tags > 0 && (r.Name == "CAPABILITY" || r.Code == "CAPABILITY") {
		return nil
	}
	c.spoil(r)
	c.takeCode(r)
	c.known.told = c.known.told || r.Name == "CAPABILITY" || r.Code == "CAPABILITY"
	switch r.Name {
	case "CAPABILITY":
		c.caps = strings.Fields(string(r.Rest))
	case "ENABLED":
		c.known.qresync = c.known.qresync || imapwire.Words(r.Rest).Has("QRESYNC")
	case "BYE":
		c.known.bye = string(r.Text)
	case "SEARCH":
		if c.has("client-picky") {
			return errors.New("nobody asked for that")
		}
	case "FETCH":
		if c.has("client-panics") || c.has("client-panic-returned") {
			_ = r.Rest[len("(FLAGS"):]
		}
	}
	if c.known.phase != 0 && (c.known.phase != imapwire.NotAuthenticated || c.has("client-trusts-anybody")) {
		c.takeData(r)
	}
	return nil
}

// takeCode notes what a response code tells, whatever response it is in.
func (c *client) takeCode(r reply) {
	n, _ := strconv.ParseUint(strings.SplitN(string(r.CodeArg), " ", 2)[0], 10, 32)
	switch r.Code {
	case "CAPABILITY":
		c.caps = strings.Fields(string(r.CodeArg))
	case "ALERT":
		if len(c.alerts) < maxAlerts && !c.has("client-drops-alerts") {
			c.alerts = append(c.alerts, string(r.Text))
		}
	case "READ-ONLY", "READ-WRITE":
		c.known.readOnly = r.Code == "READ-ONLY"
	case "UNSEEN":
		c.known.unseen = true
	case "UIDVALIDITY":
		if c.known.opening == "" && c.has("client-deaf-to-uidvalidity") {
			return
		}
		c.known.validity = uint32(n)
		c.distrust(c.current(), uint32(n))
	case "UIDNEXT":
		c.known.next = uint32(n)
	case "COPYUID", "APPENDUID":
		c.known.asked = append(c.known.asked, "uidvalidity "+string(r.CodeArg))
		if c.known.filling != "" && !c.has("client-keeps-cache") {
			c.distrust(c.known.filling, uint32(n))
		}
	case "CLOSED":
		c.known.exists = 0
	}
}

// maxAlerts is how many alerts wait for the user at most.
const maxAlerts = 100

// current is the mailbox that data is about.
func (c *client) current() string {
	if c.known.opening != "" {
		return c.known.opening
	}
	return c.known.box
}

// distrust forgets what is remembered of a mailbox under another UIDVALIDITY.
func (c *client) distrust(box string, validity uint32) {
	if m := c.cache[box]; m != nil && m.validity != validity && !c.has("client-keeps-uids") {
		delete(c.cache, box)
	}
}

// takeData notes what untagged data tells.
func (c *client) takeData(r reply) {
	open := c.current() != "" || c.has("client-trusts-anybody") || c.has("client-trusts-early")
	switch {
	case r.Name == "LIST" || r.Name == "LSUB" || r.Name == "STATUS" || r.Name == "ENABLED" || r.Name == "NAMESPACE" || r.Name == "ID":
		c.takeList(r)
	case !open:
	case r.Name == "EXISTS":
		c.known.exists, c.known.mailboxes = r.Num, c.known.mailboxes+1
	case r.Name == "FLAGS":
		c.known.mailboxes++
	case r.Name == "EXPUNGE":
		if !c.has("client-misses-expunge") {
			c.known.exists -= min(c.known.exists, 1)
		}
		c.known.expunges++
	case r.Name == "VANISHED":
		c.takeVanished(r)
	case r.Name == "FETCH":
		c.takeFetch(r)
	case r.Name == "SEARCH":
		for word := range strings.FieldsSeq(string(r.Rest)) {
			if n, err := strconv.ParseUint(word, 10, 32); err == nil {
				c.known.found = append(c.known.found, uint32(n))
			}
		}
	case r.Name == "ESEARCH":
		c.known.asked = append(c.known.asked, string(r.Rest))
	}
}

func (c *client) takeVanished(r reply) {
	set, err := imapwire.ParseSet(r.Rest)
	if err != nil {
		return
	}
	for _, v := range set {
		n := max(v.First, v.Last) - min(v.First, v.Last)
		c.known.exists -= min(c.known.exists, n)
		c.known.exists -= min(c.known.exists, 1)
	}
	c.known.expunges++
}

// takeFetch notes which message a FETCH response is about.
func (c *client) takeFetch(r reply) {
	c.known.fetches++
	if c.known.seen == nil || len(c.known.seen) > maxSeen {
		return
	}
	c.known.seen[r.Num] = true
	imapwire.EachFetchItem(r.Response, func(name string, _ []byte, _ int64, value []byte) {
		if n, err := strconv.ParseUint(string(value), 10, 32); name == "UID" && err == nil {
			c.known.uids = append(c.known.uids, uint32(n))
		}
	})
}

// maxSeen is how many messages of one command are kept in mind.
const maxSeen = 1 << 16

// takeList notes what is told of mailboxes: those that cannot be selected, or
// have nothing below them, are left alone later.
func (c *client) takeList(r reply) {
	args, err := parseArgs(r.Rest, false)
	if err != nil || len(args) < 2 {
		return
	}
	name := args[0].text
	if r.Name == "LIST" && len(args) > 2 {
		name = decodedName(args[2].text)
		c.known.delimiter = args[1].text
		if c.boxes == nil {
			c.boxes = make(map[string]string)
		}
		if len(c.boxes) < maxBoxes {
			c.boxes[name] = strings.ToLower(strings.Join(args[0].words(), " "))
		}
	}
	if r.Name == "STATUS" {
		name = decodedName(name)
		words := args[1].words()
		for i := 0; i+1 < len(words); i += 2 {
			n, err := strconv.ParseUint(words[i+1], 10, 32)
			switch {
			case err != nil:
			case strings.EqualFold(words[i], "UIDVALIDITY") && !c.has("client-keeps-cache"):
				c.distrust(name, uint32(n))
			case strings.EqualFold(words[i], "MESSAGES") && name == c.known.box && c.has("client-trusts-status"):
				c.known.exists = uint32(n)
			}
		}
	}
	if len(c.known.asked) < maxBoxes {
		c.known.asked = append(c.known.asked, name)
	}
}

// maxBoxes is how many mailboxes are kept in mind.
const maxBoxes = 10000

// decodedName is the name that a server means, or what it sent.
func decodedName(wire string) string {
	name, err := imapwire.DecodeUTF7([]byte(wire))
	if err != nil {
		name = wire
	}
	return canonicalName(name)
}

// offers reports whether the server is known to have a capability. Unknown ones
// are as good as missing.
func (c *client) offers(name string) bool {
	return slices.ContainsFunc(c.caps, func(have string) bool { return strings.EqualFold(have, name) })
}

var (
	errNotOffered = errors.New("the server does not offer that")
	errNotIMAP    = errors.New("the server offers neither IMAP4rev1 nor IMAP4rev2")
)

// need makes sure that the server offers one of the capabilities: who does not
// know asks, and does not just try (RFC 2683, section 3.3.1).
func (c *client) need(names ...string) error {
	if len(c.bugs) > 0 && c.has("client-assumes-"+strings.ToLower(names[0])) {
		return nil
	}
	if c.caps == nil && c.idling == "" {
		if err := c.command(text("CAPABILITY"), discarded()); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(names, c.offers) {
		return nil
	}
	return errNotOffered
}

// speaks reports an error if the server is known to speak another protocol.
func (c *client) speaks() error {
	if c.caps == nil || c.offers("IMAP4REV1") || c.offers("IMAP4REV2") {
		return nil
	}
	return errNotIMAP
}

// remembered returns the mailboxes of which something is remembered, sorted.
func (c *client) remembered() []string { return slices.Sorted(maps.Keys(c.cache)) }
