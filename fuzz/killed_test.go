package fuzz

import "testing"

func TestAKilledWorkerRunsItsCaseAgain(t *testing.T) {
	for _, test := range []struct {
		name     string
		spared   bool
		patience int
	}{
		{"if the system may have been in want of memory, a few times", false, patienceWithKills},
		{"if the system has killed nothing, until chance is out of the question", true, patienceWithOthers},
	} {
		t.Run(test.name, func(t *testing.T) {
			told := 0
			c := Campaign{Dir: t.TempDir(), Targets: plantedSpecs()[:1], Workers: 1, OnProblem: func(string) { told++ }}
			r, err := c.prepare()
			if err != nil {
				t.Fatal(err)
			}
			defer r.keeper.close()
			w := r.newSearcher(0, nil)
			defer w.close()
			s := w.streams[0]
			die := func(k uint64) {
				t.Helper()
				if err := w.died(s, &death{Case: serverText(1), K: k, outside: true, spared: test.spared}); err != nil {
					t.Fatal(err)
				}
			}
			for i := range test.patience {
				die(5)
				if s.next != 4 || told != i+1 || len(r.buckets.all) != 0 {
					t.Errorf("kill %d: the next case is %d, told %d times, %d buckets", i+1, s.next+1, told, len(r.buckets.all))
				}
			}
			die(5)
			if s.next != 5 || len(r.buckets.all) != 1 {
				t.Errorf("one more: the next case is %d, %d buckets", s.next+1, len(r.buckets.all))
			}
			die(9)
			if s.next != 8 || len(r.buckets.all) != 1 {
				t.Errorf("another case: the next case is %d, %d buckets", s.next+1, len(r.buckets.all))
			}
		})
	}
}

// killedByHand kills a worker, and returns what is said of its death; at its start the
// system had killed as many processes as it says, and so many more.
func killedByHand(t *testing.T, more int) *death {
	t.Helper()
	if oomKills() < 0 {
		t.Skip("the system does not say how many processes it has killed")
	}
	l, err := newLaunch("", nil, DefaultMem)
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	p.oomKills += more
	p.cmd.Process.Kill()
	for range p.answers { // until it has ended
	}
	return p.autopsy()
}

func TestAKillByHandIsNoWantOfMemory(t *testing.T) {
	d := killedByHand(t, 0)
	if !d.outside || !d.spared || d.Finding.Rule != "" || d.killer() != "somebody" {
		t.Errorf("outside: %v, spared: %v, by %s, %v\n%s", d.outside, d.spared, d.killer(), d.Finding, d.Output)
	}
}

func TestAKillOfTheSystemsIsWantOfMemory(t *testing.T) {
	d := killedByHand(t, -1)
	if !d.outside || d.spared || d.Finding.Rule != "bounded-memory" || d.killer() == "somebody" {
		t.Errorf("outside: %v, spared: %v, by %s, %v\n%s", d.outside, d.spared, d.killer(), d.Finding, d.Output)
	}
}
