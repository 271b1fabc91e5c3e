package faultnet

// This is all of a Proxy that knows how a rule runs on a connection.

// armed says which of a connection's watches a rule is.
type armed struct {
	side  Side
	index int
	kind  Kind
}

// armedIn says which the rule r will be behind rules.
func armedIn(rules []Rule, r Rule) armed {
	a := armed{side: r.Side, kind: r.Fault.Kind}
	for _, b := range rules {
		if b.Side != r.Side {
			continue
		}
		if a.index++; b.Until != (When{}) { // whose end is a watch of its own
			a.index++
		}
	}
	return a
}

// armApplied arms the rule r, which able has let pass.
func (w *Wrapped) armApplied(r Rule) armed {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	return armed{side: r.Side, index: w.arm(r), kind: r.Fault.Kind}
}

// fired reports whether the rule has struck, or never will.
func (w *Wrapped) fired(a armed) bool {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	w.l.tick()
	f := &w.l.flow[a.side-1]
	return f.watches[a.index].fired > 0 || f.stopped && !f.holed || w.ended
}

// heal ends what the rule does on w, if it lasts, and lets it strike no more.
func (p *Proxy) heal(w *Wrapped, a armed) {
	w.l.mu.Lock()
	defer w.l.mu.Unlock()
	w.l.tick()
	f := &w.l.flow[a.side-1]
	wt := &f.watches[a.index]
	wt.rest()
	f.plan()
	if wt.struck == 0 || !a.kind.Lasting() {
		return
	}
	if f.stopped && !f.holed {
		return // nothing is left to heal
	}
	w.l.record(f.side, f.sent, Fault{Kind: Heal, Heals: a.kind}, wt.rule.String(), w.l.now())
	f.heal(a.kind, true)
	w.l.tick()
	w.callReader()
	w.changed()
}
