package fuzz

import "testing"

func TestAKilledWorkerRunsItsCaseAgainTwice(t *testing.T) {
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
		if err := w.died(s, &death{Case: serverText(1), K: k, outside: true}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range patienceWithKills {
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
}
