package harness

// Judging does again what [Run] does with a record when the bubble has ended:
// it takes the wire apart, and asks all rules.
func Judging(t Target, rec *Record, s *Scratch) []Finding {
	again := *rec
	again.Conns = sessions(&again, &s.sessions)
	findings, _, _ := judge(t, &again, "")
	return findings
}

// LedgerLines are what a ledger writes of the first n UIDs of a mailbox.
func LedgerLines(n int) (b []byte) {
	for uid := range n {
		b = appendLedgerLine(b, keyOf("store", "test", identity{"INBOX", 1, uint32(uid)}), ledgerEntry{content: 1, caseID: "0123456789abcdef", conn: 1})
	}
	return b
}
