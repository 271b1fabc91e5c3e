package harness

import (
	"fmt"

	"github.com/imapfuzz/imapfuzz/faultnet"
	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func serverPipelineRules() []Rule {
	return []Rule{
		{
			ID: "R-PIPE-2", Section: "RFC 9051, section 5.5; RFC 3501, section 5.5", Side: faultnet.Server, Severity: Error, Kind: Lie, Scenario: true,
			Text:    "Commands that come in one go, and of which one may depend on the other, are executed in the order in which they came.",
			Example: "C= \"a3 STORE 2 +FLAGS (\\\\Flagged)\\r\\na4 FETCH 2 FLAGS\\r\\n\"\nS: a3 OK\nS: * 2 FETCH (FLAGS ())\nS: a4 OK",
			check:   checkPipelineOrder,
		},
		{
			ID: "R-PIPE-5", Section: "RFC 9051, section 5.5; RFC 2683, section 3.2.1.5", Side: faultnet.Server, Severity: Error, Kind: DataLoss, Scenario: true,
			Text:    "A server that gets a thousand commands while its answers are not read executes them all, one after the other, or ends the connection: it loses none.",
			Example: "! server: noread 5m\nC= \"a3 NOOP\\r\\n\"*2000\n# 1999 of them are completed",
			check:   checkDeepPipeline,
		},
	}
}

// checkPipelineOrder looks at what a FETCH tells of the flags that the STORE before
// it, in the same go, has set.
func checkPipelineOrder(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		for k := 1; k < len(s.Commands); k++ {
			first, next := &s.Commands[k-1], &s.Commands[k]
			if next.Name != "FETCH" || next.Err != nil || first.Answer < 0 || next.Begun > s.Responses[first.Answer].Event || !okStatus(&s.Responses[first.Answer]) {
				continue
			}
			store, ok := first.StoreArgs()
			answer, done := s.answering(k)
			if !ok || !done || store.Op != '+' || store.Set.Count(0) != 1 {
				continue
			}
			j.reach(r)
			for i := range answer {
				flags, ok := answer[i].FetchFlags()
				if !ok || answer[i].Num != store.Set[0].First {
					continue
				}
				for flag := range store.Flags.All() {
					if !flags.Has(string(flag)) {
						j.report(r, Finding{
							Conn: s.Conn, event: s.Responses[first.Answer].Event,
							Summary: fmt.Sprintf("%s was answered %s, and %s then told %s", quoteUnit(first.Raw), quoteUnit(s.Responses[first.Answer].Raw), quoteUnit(next.Raw), quoteUnit(answer[i].Raw)),
						})
						return
					}
				}
			}
		}
	}
}

// deepPipeline is how many commands are many.
const deepPipeline = 1000

func checkDeepPipeline(j *judging, r Rule) {
	for _, s := range j.rec.Conns {
		end := s.settled(j.rec)
		if len(s.Commands) < deepPipeline || end < 0 {
			continue
		}
		j.reach(r)
		if s.goneBy(end) {
			continue // that is an answer, too
		}
		missing, first := 0, -1
		for k := range s.Commands {
			if c := &s.Commands[k]; c.Err == nil && c.Answer < 0 && c.Received >= 0 && c.Received < end {
				if missing++; first < 0 {
					first = k
				}
			}
		}
		if missing > 0 && s.last(imapwire.Tagged) != nil {
			j.report(r, Finding{
				Conn: s.Conn, event: s.Commands[first].Received,
				Summary: fmt.Sprintf("of %d commands %d were never completed", len(s.Commands), missing),
			})
		}
	}
}

// last returns the last response of that type, nil if there is none.
func (s *Session) last(t imapwire.ResponseType) *Response {
	for i := len(s.Responses) - 1; i >= 0; i-- {
		if s.Responses[i].Type == t {
			return &s.Responses[i]
		}
	}
	return nil
}
