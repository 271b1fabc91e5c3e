// Package fuzz searches for cases that break a target.
//
// [Generate] makes cases from the grammar and the states of IMAP, [Mutate] changes
// them on five levels (connections, steps, arguments, bytes, faults), [Decode] makes
// a case of any bytes, for `go test -fuzz` and go-fuzz, and a [Minimizer] takes from
// a case what its finding does not need. All four are pure: they draw from a [Rand],
// whose draws are pinned for all releases, and know about a target only what its
// [Vocabulary] says. They do no I/O and run nothing.
//
// Campaigns, their worker processes, and the entry points for fuzz tests are built
// on them.
package fuzz
