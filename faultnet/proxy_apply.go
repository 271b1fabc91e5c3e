package faultnet

import (
	"context"
	"fmt"
	"slices"
)

// An Applied is a rule that was applied to connections of a Proxy and is not
// healed yet.
type Applied struct {
	p     *Proxy
	id    int
	rule  Rule
	conns []int // nil: all, and those that come

	// Guarded by p.mu.
	refs   map[*proxied]armed
	healed bool
}

// ID is the number of the application, 1 for the proxy's first.
func (a *Applied) ID() int { return a.id }

// Rule returns what was applied.
func (a *Applied) Rule() Rule { return a.rule }

// Conns returns the connections that it was applied to; none means all, and those
// that come.
func (a *Applied) Conns() []int { return slices.Clone(a.conns) }

// Apply arms the rule r on the connections of the given numbers, or, if there are
// none, on all that live and, from their start, on those that come until it is
// healed. On a connection that lives its counting starts where its stream stands:
// with the zero When it strikes at once.
//
// A rule that refuses connections, or accepts them late, concerns those that come.
//
// Apply waits until the rule has struck on each connection that it was armed on
// and that still lives, or ctx is done: then it returns ctx's error beside an
// Applied that still stands. It fails, and applies nothing, if r does not pass
// Check or a connection does not live.
func (p *Proxy) Apply(ctx context.Context, r Rule, conns ...int) (*Applied, error) {
	if err := (Plan{Rules: []Rule{r}}).CheckFor(ProxyForm); err != nil {
		return nil, err
	}
	if r.Fault.Kind.Connecting() && len(conns) > 0 {
		return nil, fmt.Errorf("faultnet: proxy: %s is of connections that come, not of given ones", r.Fault.Kind)
	}
	p.mu.Lock()
	a := &Applied{p: p, id: p.ids + 1, rule: r, conns: slices.Clone(conns), refs: make(map[*proxied]armed)}
	live, err := p.choose(conns)
	if err != nil {
		p.mu.Unlock()
		return nil, err
	}
	p.ids++
	p.applied = append(p.applied, a)
	p.mu.Unlock()
	if r.Fault.Kind == Refuse {
		return a, p.SetAccepting(AcceptNone)
	}
	if r.Fault.Kind.Connecting() {
		return a, nil
	}
	for _, c := range live {
		p.arm(a, c)
	}
	return a, a.Wait(ctx)
}

// choose returns the connections of the given numbers, or all, as far as their
// upstream was dialled. The mutex is held.
func (p *Proxy) choose(conns []int) ([]*proxied, error) {
	var live []*proxied
	for _, c := range p.conns {
		if c.live != nil && (len(conns) == 0 || slices.Contains(conns, c.n)) {
			live = append(live, c)
		}
	}
	for _, n := range conns {
		if !slices.ContainsFunc(live, func(c *proxied) bool { return c.n == n }) {
			return nil, fmt.Errorf("faultnet: proxy: %w", unknown(n))
		}
	}
	return live, nil
}

// arm arms what was applied on a connection that lives.
func (p *Proxy) arm(a *Applied, c *proxied) {
	p.mu.Lock()
	w := c.live
	p.mu.Unlock()
	if w == nil {
		return // it has ended meanwhile
	}
	ref := w.armApplied(a.rule)
	p.mu.Lock()
	a.refs[c] = ref
	healed := a.healed
	p.mu.Unlock()
	if healed {
		p.heal(w, ref)
	}
}

// Wait blocks until the rule has struck on each connection that it was armed on
// and that still lives, or returns ctx's error when that is done.
func (a *Applied) Wait(ctx context.Context) error {
	for {
		news := a.p.hear()
		if a.struck() {
			return nil
		}
		select {
		case <-news:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// struck reports whether there is nothing left to wait for.
func (a *Applied) struck() bool {
	for w, ref := range a.live() {
		if !w.fired(ref) {
			return false
		}
	}
	return true
}

// live returns the connections that it was armed on and that live.
func (a *Applied) live() map[*Wrapped]armed {
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	live := make(map[*Wrapped]armed)
	for c, ref := range a.refs {
		if c.live != nil {
			live[c.live] = ref
		}
	}
	return live
}

// Heal takes the rule back: what it does that lasts ends at once on all
// connections that live, and it strikes no more. What is done, a reset say, stays
// done. A second Heal does nothing. It waits for no stream; ctx bounds nothing so
// far.
func (a *Applied) Heal(ctx context.Context) error {
	p := a.p
	p.mu.Lock()
	if a.healed {
		p.mu.Unlock()
		return nil
	}
	a.healed = true
	p.applied = slices.DeleteFunc(p.applied, func(b *Applied) bool { return a == b })
	p.mu.Unlock()
	if a.rule.Fault.Kind == Refuse {
		return p.SetAccepting(AcceptAll)
	}
	for w, ref := range a.live() {
		p.heal(w, ref)
	}
	p.tell()
	return ctx.Err()
}

// Applied returns what was applied and is not healed, the oldest first.
func (p *Proxy) Applied() []*Applied {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.applied)
}

// connecting returns what was applied to the making of connections.
func (p *Proxy) connecting() []Rule {
	p.mu.Lock()
	defer p.mu.Unlock()
	var rules []Rule
	for _, a := range p.applied {
		if a.rule.Fault.Kind.Connecting() {
			rules = append(rules, a.rule)
		}
	}
	return rules
}

// planFor returns the plan of a connection that comes: the proxy's, and what was
// applied to all. The caller must call join with the connection that it is for.
func (p *Proxy) planFor(c *proxied) Plan {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.seen = p.ids
	_, rest := c.plan.split()
	rules := slices.Clone(rest.Rules)
	for _, a := range p.applied {
		if len(a.conns) == 0 && !a.rule.Fault.Kind.Connecting() {
			a.refs[c] = armedIn(rules, a.rule)
			c.planned = append(c.planned, a)
			rules = append(rules, a.rule)
		}
	}
	return Plan{Rules: rules}
}

// join lets c live, and arms on it what was applied since planFor.
func (p *Proxy) join(c *proxied) {
	p.mu.Lock()
	c.live = c.w
	closed := p.closed
	var late []*Applied
	for _, a := range p.applied {
		if a.id > c.seen && len(a.conns) == 0 && !a.rule.Fault.Kind.Connecting() {
			late = append(late, a)
		}
	}
	p.mu.Unlock()
	if closed {
		c.destroy()
	}
	for _, a := range late {
		p.arm(a, c)
	}
	// What was healed since planFor is in c's plan all the same.
	for _, ref := range p.healedSince(c) {
		p.heal(c.w, ref)
	}
	p.tell()
}

// healedSince returns what stands in c's plan and was healed before c lived.
func (p *Proxy) healedSince(c *proxied) []armed {
	p.mu.Lock()
	defer p.mu.Unlock()
	var refs []armed
	for _, a := range c.planned {
		if ref, ok := a.refs[c]; ok && a.healed {
			refs = append(refs, ref)
		}
	}
	c.planned = nil
	return refs
}
