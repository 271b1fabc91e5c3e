// Package harness runs one case against one target and judges what happened.
//
// A target is what is judged: a [Server], for which the harness plays the
// client, or a [Client], for which it plays the server. Both run in this
// process, inside a testing/synctest bubble: time is fake, and after each step
// the harness waits until every goroutine of the target is durably blocked, so
// that it knows, rather than guesses, that the target has nothing more to say.
// Half an hour of inactivity costs microseconds.
//
// The run's [Transcript] has what either side sent and what either side saw;
// printed, it is a case that replays what it shows. The rules ([Rules]) read
// the transcript, the target's log, what a later control session finds in the
// mailbox, and what is left of goroutines and memory, and each rule that is
// broken is a [Finding] in a [Result]. Each side is judged on its own view of
// the wire only: what reached it and what it sent (RULES: "judge each endpoint
// on its own view").
package harness
