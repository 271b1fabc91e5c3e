// Package faulttest runs the sessions of a faultnet.Sweep in testing/synctest
// bubbles: in fake time, in which half an hour of silence costs microseconds, and
// in which nothing that hangs or stays behind escapes. It is for tests; it brings
// package testing with it.
//
//	func TestPingSurvivesTheNetwork(t *testing.T) {
//		report := faulttest.Sweep(t, faultnet.Sweep{Session: ping})
//		for _, s := range report.Stretches {
//			t.Error(s) // server 7..13: stall 31m: hang at ping.go:25
//		}
//	}
//
// where ping makes its connection with the options that it is given, and returns
// nil if all went as it should:
//
//	func ping(ctx context.Context, o faultnet.Options) error {
//		client, server := faultnet.Pipe(o)
//		defer context.AfterFunc(ctx, func() { client.Close() })()
//		...
//	}
package faulttest
