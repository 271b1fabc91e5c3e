package harness

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

func texts(rungs []Rung) []string {
	var out []string
	for _, r := range rungs {
		open := ""
		if r.Open {
			open = "..."
		}
		out = append(out, fmt.Sprintf("%s %d %s%s", r.Who, r.Conn, r.Text, open))
	}
	return out
}

func TestALadderHasTheLinesAsTheTargetSawThem(t *testing.T) {
	rec := &Record{Tests: corpus.Server, Events: []Event{
		{Kind: Opened, Conn: 1},
		{Kind: ServerSent, Conn: 1, Data: []byte("* OK hi\r\n")},
		{Kind: ClientGot, Conn: 1, Data: []byte("* OK hi\r\n")}, // the peer's view
		{Kind: ServerGot, Conn: 1, Data: []byte("a1 NO")},
		{Kind: ServerGot, Conn: 2, Data: []byte("b1 NOOP\r\n")},
		{Kind: ServerGot, Conn: 1, Data: []byte("OP\r\na2 \x00\xff\té")},
		{Kind: Struck, Conn: 1, Strike: &faultnet.Strike{Side: faultnet.Client, At: 9, Fault: faultnet.Fault{Kind: faultnet.Cut}}},
		{Kind: ServerEOF, Conn: 1},
		{Kind: ServerSent, Conn: 1, Data: []byte("a1 OK\r\na2 BAD\r\n")},
		{Kind: ServerClosed, Conn: 1},
		{Kind: ClientEOF, Conn: 1},
		{Kind: Logged, Text: "a\nb"},
	}}
	rungs, marks := ladder(rec, []Finding{{event: 8, Summary: "it said a2 BAD"}, {event: 8}, {event: 3}, {event: 12}})
	want := []string{
		"server 1 * OK hi", "client 2 b1 NOOP", "client 1 a1 NOOP", `client 1 a2 \x00\xff\té...`, "network 1 cut, at byte 9 of what the client sends",
		"target 1 the server reads the end of what the client sends", "server 1 a1 OK", "server 1 a2 BAD", "target 1 the server closes the connection", "target 0 log: a b",
	}
	if got := texts(rungs); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(marks) != 4 || !slices.Equal(marks[0], []int{7}) || !slices.Equal(marks[1], []int{6, 7}) || !slices.Equal(marks[2], []int{2}) || len(marks[3]) != 0 {
		t.Errorf("%v", marks)
	}
}

func TestALongLadderKeepsWhatIsMarked(t *testing.T) {
	rec := &Record{Tests: corpus.Client}
	for i := range 1000 {
		rec.Events = append(rec.Events, Event{Kind: ClientGot, Conn: 1, Data: fmt.Appendf(nil, "* %d EXISTS %s\r\n", i, strings.Repeat("x", i))})
	}
	rungs, marks := ladder(rec, []Finding{{event: 500}, {event: 999}})
	if len(rungs) > 2*maxRungs || len(rungs) < 3*nearRungs {
		t.Errorf("%d rungs", len(rungs))
	}
	for i, want := range []string{"* 500 EXISTS", "* 999 EXISTS"} {
		if len(marks[i]) != 1 || !strings.HasPrefix(rungs[marks[i][0]].Text, want) {
			t.Errorf("%s: %v", want, marks[i])
		}
	}
	gaps := 0
	for _, r := range rungs {
		if strings.HasSuffix(r.Text, "lines are left out here") {
			gaps++
		}
		if len(r.Text) > maxRung || (len(r.Text) == maxRung) != r.Open {
			t.Errorf("%d bytes, open %v", len(r.Text), r.Open)
		}
	}
	if gaps != 2 {
		t.Errorf("%d gaps", gaps)
	}
}
