package fuzz

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
)

// A reach says how far into the target cases get: what explains, when nothing new
// comes, why.
type reach struct {
	Commands int64            `json:"commands"` // that were completed
	Bad      int64            `json:"bad"`      // of these, with BAD
	Deaf     int64            `json:"deaf"`     // cases in which nothing but BAD came
	EndBad   int64            `json:"end_bad"`  // cases whose last completion was BAD
	EndBye   int64            `json:"end_bye"`  // cases that the server ended
	Phases   map[string]int64 `json:"phases"`   // cases that reached a state of a session
	Verbs    map[string]int64 `json:"verbs"`    // common commands that were completed with OK
	Again    int64            `json:"again"`    // cases that were run once more
	Same     int64            `json:"same"`     // of these, that took the same edges
}

// note adds what a run has shown.
func (n *reach) note(rec *harness.Record) {
	if n.Phases == nil {
		n.Phases, n.Verbs = map[string]int64{}, map[string]int64{}
	}
	var reached [harness.LoggedOut + 1]bool
	bad, other := 0, 0
	last, bye := "", false
	for _, s := range rec.Conns {
		if s == nil {
			continue
		}
		for i := range s.Responses {
			r := &s.Responses[i]
			reached[r.Phase] = true
			bye = bye || r.Command < 0 && r.Name == "BYE" && r.Phase != harness.LoggedOut
			if r.Command < 0 {
				continue
			}
			last = r.Name
			switch verb := s.Commands[r.Command].Name; r.Name {
			case "BAD":
				bad++
			case "OK":
				if _, ok := slices.BinarySearch(commonVerbs, verb); ok {
					n.Verbs[verb]++
				}
				bye = bye && verb != "LOGOUT"
				other++
			default:
				other++
			}
		}
		reached[s.Phase] = true
	}
	n.Commands += int64(bad + other)
	n.Bad += int64(bad)
	n.Deaf += one(bad > 0 && other == 0)
	n.EndBad += one(last == "BAD")
	n.EndBye += one(bye)
	for p, ok := range reached {
		if ok {
			n.Phases[harness.Phase(p).String()]++
		}
	}
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// add adds m.
func (n *reach) add(m *reach) {
	if n.Phases == nil {
		n.Phases, n.Verbs = map[string]int64{}, map[string]int64{}
	}
	n.Commands += m.Commands
	n.Bad += m.Bad
	n.Deaf += m.Deaf
	n.EndBad += m.EndBad
	n.EndBye += m.EndBye
	n.Again += m.Again
	n.Same += m.Same
	for p, k := range m.Phases {
		n.Phases[p] += k
	}
	for v, k := range m.Verbs {
		n.Verbs[v] += k
	}
}

// commonVerbs are the commands that a search makes all the time, sorted.
var commonVerbs = []string{
	"APPEND", "CAPABILITY", "CLOSE", "COPY", "CREATE", "DELETE", "EXAMINE", "EXPUNGE", "FETCH", "IDLE", "LIST", "LOGIN",
	"NOOP", "RENAME", "SEARCH", "SELECT", "STATUS", "STORE", "UID FETCH",
}

// lines says, in words, why nothing new may come of cases.
func (n *reach) lines(cases int64) []string {
	if cases == 0 {
		return nil
	}
	percent := func(k, of int64) int64 { return 100 * k / max(of, 1) }
	out := []string{fmt.Sprintf("%d%% of commands were refused with BAD; of the cases %d%% got nothing else, %d%% ended with BAD, %d%% with BYE",
		percent(n.Bad, n.Commands), percent(n.Deaf, cases), percent(n.EndBad, cases), percent(n.EndBye, cases))}
	var never []string
	for p := harness.NotAuthenticated; p <= harness.LoggedOut; p++ {
		if n.Phases[p.String()] == 0 {
			never = append(never, p.String())
		}
	}
	if len(never) > 0 {
		out = append(out, "states never reached: "+strings.Join(never, ", "))
	}
	never = slices.DeleteFunc(slices.Clone(commonVerbs), func(v string) bool { return n.Verbs[v] > 0 })
	if len(never) > 0 {
		out = append(out, "commands never completed with OK: "+strings.Join(never, ", "))
	}
	if n.Again > 0 {
		out = append(out, fmt.Sprintf("stability %d%%: of %d cases that were run twice so many took the same way both times", percent(n.Same, n.Again), n.Again))
	}
	return out
}

// againEvery is how many kept cases there are for one that is run once more.
const againEvery = 16

// way is what a run has shown, to be compared with that of another run of the same
// case: the edges, or without coverage the states and replies.
func (m *edgeMap) way(rec *harness.Record) []byte {
	if len(m.counters) > 0 {
		m.read()
		out := bytes.Clone(m.counters)
		for i := range out {
			out[i] = min(out[i], 1)
		}
		return out
	}
	seen := map[uint64]bool{}
	rec.Features(func(f uint64, _ int) { seen[f] = true })
	return fmt.Append(nil, slices.Sorted(maps.Keys(seen)))
}
