package harness

// Judging does again what [Run] does with a record when the bubble has ended:
// it takes the wire apart, and asks all rules.
func Judging(t Target, rec *Record, s *Scratch) []Finding {
	again := *rec
	again.Conns = sessions(&again, &s.sessions)
	findings, _, _ := judge(t, &again, "")
	return findings
}
