// Package faultnet is a network that breaks on purpose, at the exact byte, and
// the same way each time.
//
// A [Plan] says what goes wrong on one connection, as text:
//
//	client @38: reset                 # after 38 bytes that the client sent
//	server line 3: stall 29m
//	server literal 1 @10: cut         # a mark that a hook supplied
//	server after "BODY[" until line 9: delay 2s..5s
//	client: chop 1                    # byte by byte, from the start
//
// [Pipe], [NewLink] and [Listener] make connections in memory; [Wrap],
// [WrapListener] and [Dialer] put the same faults on any net.Conn. What struck
// is in a journal, which [JournalPlan] makes a plan again. The package knows TCP
// and no protocol above it; a [Marker] names positions for it.
//
// # The plan language
//
// One rule a line, or ';' between them; '#' begins a comment. A file begins with
// the version of the language, "faultnet plan 1"; without that line it is the
// newest. A rule is
//
//	WHO [WHEN] [every STEP [times N]] [until WHEN]: WHAT
//
// WHO is client or server, the side that sends the bytes. WHEN is one of
//
//	                         the base: the start of the stream
//	@K                       after K bytes
//	line N [@K]              at the start of the Nth line (and K bytes on)
//	after "BYTES" [N] [@K]   after the Nth match of the pattern
//	NAME [N] [@K]            at the Nth mark of that name
//	record N [@K]            at the start of the Nth TLS record
//	write N [@K]             at the Nth write of the side's application
//	read N [@K]              at the Nth read of the other one's
//	time D                   when D has passed since the connection was made
//	chance P seed S          at a byte drawn with the probability P
//
// Lines, patterns and marks are found in text alone: not behind the point where a
// stream goes over to TLS.
//
// WHAT is one of the faults below. A rule strikes once; with every it strikes
// again after STEP more of what WHEN counts (bytes, lines, matches, ...; a
// duration for a time), N times in all. From the point of until on it strikes no
// more, and a lasting fault that it began is healed there. BYTES are in double
// quotes, with \r \n \t \" \\ and \xNN. Durations are Go's, rates are in B/s,
// KB/s, MB/s or GB/s (of 1000). String returns the canonical form of everything,
// which parses to the same again.
//
//	server every 100: flip 0x01                   # bytes 1, 101, 201, ...
//	server line 2 every 1 times 3: stall 10s      # lines 2, 3 and 4
//	server @512 until time 1m: throttle 9600B/s
//	client chance 0.001 seed 7: reset
//	server time 5m: quiet                         # from here on all is well
//
// # What the faults do
//
// A rule strikes when exactly the bytes before its position have been delivered:
// a fault at N strikes as soon as byte N has arrived, and not only when byte N+1
// comes. Positions are those of the original stream, whatever other faults insert
// and drop, so removing one rule moves no other.
//
//   - cut: both directions end in order. Both applications read io.EOF after what
//     had arrived; then writes behave as to a peer that has closed: the first
//     succeeds, the next fails with EPIPE.
//   - half: this direction ends. The receiver reads io.EOF, what the sender still
//     writes is accepted and vanishes, the other direction flows on.
//   - reset: both applications get the kernel's reset, the receiver after the
//     bytes that had arrived.
//   - hole: the rest of this direction, its end included, is accepted and
//     vanishes until it is healed; nobody is told. An end that vanished is told
//     of then.
//   - stall [D]: nothing of this direction arrives for D, or until it is healed,
//     then it flows again. Up to the size of the buffer is accepted meanwhile.
//   - noread [D]: the receiver's kernel takes nothing for D. As a stall, but only
//     the sender's half of the buffer fills before writes block.
//   - delay D[..D]: from here on every byte, and the end, arrives D later. Within
//     a range the choice, each D of it as likely as any other, depends only on the
//     position at which the bytes that were written together begin. Order is kept.
//   - throttle RATE: from here on at most so many bytes a second arrive, in groups
//     of a tenth of a second's, or of one byte. Nothing is saved up while the
//     stream is idle.
//   - drip N D: from here on bytes arrive in groups of N, one every D.
//   - chop N[..M]: from here a Read returns at most N bytes. Within a range the
//     choice depends only on the position in the delivered stream.
//   - join [D]: from here a byte becomes readable only D (200ms) after the first
//     one that was held back, so that writes that follow each other within D
//     arrive in one Read; the end of the stream and a full buffer end the wait.
//   - truncate, truncate N: the rest of the line, its LF included, or the next N
//     bytes, are dropped, then cut.
//   - insert "BYTES", replace "BYTES": bytes are delivered in addition, or in
//     place of as many of the original.
//   - drop N, drop line, duplicate N, duplicate line: the next N bytes, or the
//     rest of the line, never arrive or arrive twice. What the end of the stream
//     leaves of a duplicate arrives twice too.
//   - flip 0xMASK: the next byte is XORed with the mask.
//   - heal [KIND]: what lasts of this direction ends: a fault of that kind (stall,
//     noread, delay, throttle, drip, chop, join or hole), or all. Struck by bytes
//     of the stream, a delay, throttle or drip still holds for those before them;
//     struck by a time or by Arm it ends at once for all.
//   - quiet: all that lasts is healed, in both directions, and no rule of the plan
//     strikes any more.
//
// Those of the making of a connection, which have no WHEN:
//
//   - server: refuse: the dial fails with ECONNREFUSED.
//   - server: slow-accept D: the connection is made, and accepted D later.
//   - client: slow-connect [D]: the dial takes D, or is never answered: it fails
//     with ETIMEDOUT when Linux gives up.
//
// Of two delays, or of two of throttle and drip, in one direction the later one
// counts. Faults at one position strike in this order: heal and quiet, boundaries
// (chop, join), content (insert, drop, replace, flip, duplicate), timing (delay,
// throttle, drip, stall, noread), terminal (half, cut, reset, hole, truncate);
// among equals in the order of the plan. The first terminal fault wins, and
// nothing strikes its direction after it, or, for a hole, before it is healed. A
// mark that is only known from the byte behind it comes after rules that are known
// without that byte.
//
// Loss, reordering and duplication of packets are not here: TCP repairs them, and
// an application sees them as a delay or, in the end, as a stall.
//
// Every wait ends at a deadline, a close or a peer's event, never only by its own
// timer. There are no goroutines; timers are armed only while a call blocks.
//
// # Sweeps and shrinking
//
// A [Sweep] moves faults over every byte of a session that goes well without them,
// and reports in which stretches it then does not; package faulttest runs such
// sessions in bubbles and names hangs and leaks with stacks. [Shrink] makes a plan
// that does harm as simple as it may be.
//
// # Bubbles
//
// In a testing/synctest bubble everything that blocks is durably blocked, and
// time is fake. Make links and listeners inside the bubble that uses them.
package faultnet
