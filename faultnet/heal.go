package faultnet

// mend strikes with watch i, which heals: what the bytes of the stream have
// called for holds from the bytes that follow, what a time or Arm has called for
// at once.
func (f *flow) mend(i int) {
	w := &f.watches[i]
	ft, rule := w.rule.Fault, w.rule.String()
	at := w.rule.When.Time > 0 || w.rule.When == (When{})
	if w.ends > 0 {
		owner := &f.watches[w.ends-1]
		owner.rest()
		if !ft.Heals.Lasting() || owner.struck == 0 {
			return
		}
		rule = owner.rule.String()
	}
	w.fired++
	now := f.l.now()
	f.l.record(f.side, f.sent, ft, rule, now)
	f.heal(ft.Heals, at)
	if ft.Kind != Quiet {
		return
	}
	for j := range f.l.flow {
		g := &f.l.flow[j]
		for k := range g.watches {
			g.watches[k].rest()
		}
		if g != f {
			if g.lasting() {
				f.l.record(g.side, g.sent, Fault{Kind: Heal}, rule, now)
			}
			g.heal(0, true)
			g.plan()
		}
	}
}

// lasting reports whether there is something to heal.
func (f *flow) lasting() bool {
	return f.holed || f.hold == forever || f.delay.Kind != 0 || f.pace.n > 0 || f.join > 0 || len(f.chops) > 0 ||
		f.hold > 0 && (f.holder == Stall || f.holder == NoRead)
}

// heal ends what lasts of the kind k, or all for 0. What was accepted before keeps
// its pace and delay, or, at once, does not.
func (f *flow) heal(k Kind, once bool) {
	is := func(kinds ...Kind) bool {
		for _, x := range kinds {
			if k == 0 || x == k {
				return true
			}
		}
		return false
	}
	if f.holed && is(Hole) {
		f.refill()
	}
	if is(Delay) {
		f.delay = Fault{}
	}
	if is(f.pace.kind) {
		if f.pace.n = 0; once {
			f.pace.last = 0
		}
	}
	for i := range f.queue {
		switch it := &f.queue[i]; it.kind {
		case itemStrike:
			if kind := f.watches[it.rule].rule.Fault.Kind; (kind == Stall || kind == NoRead) && is(kind) {
				it.heal = kind
			}
		case itemHold, itemPace:
			if once && is(it.heal) {
				it.till = 0
			}
		}
	}
	if f.hold > 0 && is(f.holder) && (once || f.holder == Stall || f.holder == NoRead) {
		f.hold = f.l.now()
		f.advance(f.hold)
	}
	for _, kind := range [...]Kind{Chop, Join} {
		if is(kind) && !f.stopped {
			f.enqueue(item{kind: itemHeal, heal: kind})
		}
	}
	f.l.wakeAll()
}

// refill lets bytes arrive again behind a hole, and the end that vanished in it.
func (f *flow) refill() {
	f.stopped, f.muted, f.holed = false, false, false
	if lost := f.lost; lost != 0 {
		f.lost = 0
		f.close(lost)
	}
}

// release ends the segments of a chop or a join.
func (f *flow) release(k Kind) {
	switch {
	case k == Join && f.join > 0:
		f.join = 0
		f.flush()
	case k == Chop && len(f.chops) > 0:
		f.chops = append(f.chops, chop{at: f.arrived})
	}
}
