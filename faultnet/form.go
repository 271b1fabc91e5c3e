package faultnet

import "fmt"

// A Form is a way to put faults on connections. Not every form can do every
// rule: nobody sees when the peer of a socket calls Write, and what stands can no
// longer be refused. The zero Form is AnyForm.
type Form uint8

// The forms.
const (
	AnyForm       Form = iota // no form in particular: every rule
	LinkForm                  // NewLink and Pipe
	ListenerForm              // Listener.Dial
	ClientForm                // Wrap of the client's end
	ServerForm                // Wrap of the server's end
	DialerForm                // Dialer
	WrapListening             // WrapListener
	ProxyForm                 // a proxy, such as imapfuzz's
	formEnd
)

var formNames = [...]string{"any form", "a link", "a listener in memory", "a wrapped client", "a wrapped server",
	"a dialer", "a wrapped listener", "a proxy"}

// String returns the form in words, such as "a proxy".
func (f Form) String() string {
	if f < formEnd {
		return formNames[f]
	}
	return fmt.Sprintf("form %d", uint8(f))
}

// Check reports, in an error, why f cannot do r, which passes Rule.Check. What
// only a given connection cannot do (a reset, where nothing below is TCP) is left
// to Wrap.
func (f Form) Check(r Rule) error {
	if !f.does(r.Fault.Kind) {
		return fmt.Errorf("faultnet: %s cannot do %s", f, r.Fault.Kind)
	}
	for _, w := range [...]When{r.When, r.Until} {
		if !f.sees(r.Side, w) {
			return fmt.Errorf("faultnet: %s does not see %q of the %s's stream", f, w, r.Side)
		}
	}
	return nil
}

// does reports whether f can do faults of the kind k.
func (f Form) does(k Kind) bool {
	switch {
	case !k.Connecting() || f == AnyForm || f == ListenerForm:
		return true
	case f == DialerForm:
		return k != SlowAccept
	case f == WrapListening:
		return k == SlowAccept
	case f == ProxyForm:
		return k != SlowConnect
	}
	return false
}

// sees reports whether f sees the call that w counts on the stream of side.
func (f Form) sees(side Side, w When) bool {
	if w.Write == 0 && w.Read == 0 {
		return true
	}
	app := side // whose call it is
	if w.Read != 0 {
		app = side.Other()
	}
	switch f {
	case ClientForm, DialerForm:
		return app == Client
	case ServerForm, WrapListening:
		return app == Server
	case ProxyForm:
		return false
	}
	return true
}

// CheckFor reports, in an error, the first rule of p that cannot be, or that f
// cannot do.
func (p Plan) CheckFor(f Form) error {
	for _, r := range p.Rules {
		if err := r.Check(); err != nil {
			return err
		}
		if err := f.Check(r); err != nil {
			return err
		}
	}
	return nil
}
