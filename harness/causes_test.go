package harness

import (
	"strings"
	"testing"

	"github.com/imapfuzz/imapfuzz/corpus"
	"github.com/imapfuzz/imapfuzz/faultnet"
)

func TestCauses(t *testing.T) {
	crash := Finding{Rule: ruleCrash, Kind: Crash}
	mute := Finding{Rule: ruleBystander, Kind: Hang}
	state := Finding{Rule: ruleBystander, Kind: State}
	leak := Finding{Rule: ruleLeak, Kind: Leak}
	first := Finding{Rule: "R-FR-1", Kind: Protocol, Conn: 1, event: 3}
	later := Finding{Rule: "R-FR-3", Kind: Protocol, Conn: 1, event: 7}
	other := Finding{Rule: "R-FR-7", Kind: Protocol, Conn: 2, event: 5}
	mail := Finding{Rule: "R-AT-1", Kind: DataLoss, event: 9}
	ran := 0
	for _, tt := range []struct {
		name string
		in   []Finding
		want string
	}{
		{"nothing stays nothing", nil, ""},
		{"a single finding stays", []Finding{leak}, "no-leak"},
		{"a crash explains all else", []Finding{first, crash, mute, mail}, "no-crash"},
		{"a bystander that gets no answer explains silence elsewhere", []Finding{later, mute}, "bystander"},
		{"on one connection the first breach counts", []Finding{later, first}, "R-FR-1"},
		{"two connections are two causes, in the order of events", []Finding{other, first}, "R-FR-1 R-FR-7"},
		{"what a connection shows explains the harness's own trouble", []Finding{first, state}, "R-FR-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ran++
			var got []string
			for _, f := range causes(tt.in) {
				got = append(got, f.Rule)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("want %q, got %q", tt.want, got)
			}
		})
	}
	if ran == 0 {
		t.Fatal("nothing ran")
	}
}

func TestABucketHasNoNumberThatChanges(t *testing.T) {
	f := Finding{Rule: "R-FR-1", Kind: Protocol, Where: "fetch list", Summary: "byte 17", Step: 4}
	if got := f.Bucket(); got != "protocol/R-FR-1/fetch list" {
		t.Error(got)
	}
	f.Where = ""
	if got := f.Bucket(); got != "protocol/R-FR-1" {
		t.Error(got)
	}
}

// What a server did with bytes that it cut in the wrong place is no defect of its
// own: these findings, after these lines, are the one of the cut.
func TestWhatIsMissedElsewhereIsBlamedOnTheCut(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
		f     Finding
		want  string
	}{
		{"data of a command behind an APPEND that goes on", []string{"C a1 APPEND x {0}", "S + go", "C x", "C a2 CHECK", "S * 3 EXISTS", "S a2 OK"}, Finding{Rule: "R-ST-1", Kind: State, Where: "data EXISTS", event: 5, local: true}, "hang/R-FR-7/APPEND"},
		{"data that were asked for stay what they are", []string{"C a1 LIST x y", "S a1 OK", "C a2 CHECK", "S * 3 EXISTS", "S a2 OK"}, Finding{Rule: "R-ST-1", Kind: State, Where: "data EXISTS", event: 4, local: true}, "state/R-ST-1/data EXISTS"},
		{"the rest of a line that was cut in its middle", []string{"C a1 NOOP", "S a1 OK"}, Finding{Rule: "R-END-3", Kind: Protocol, Where: restPlace, event: 2}, "injection/canary/rest of a line"},
		{"a close on what stands behind an LF", []string{`C a1 NOOP` + "\n" + `x\`, "S a1 OK"}, Finding{Rule: "R-END-3", Kind: Protocol, Where: "at once", event: 2}, "protocol/R-FR-7/bare LF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := ledger(t, tt.lines...)
			rec := &Record{Tests: corpus.Server, Case: &corpus.Case{}, Conns: []*Session{s}, Events: make([]Event, len(tt.lines)+1)}
			tt.f.Conn = 1
			j := &judging{rec: rec, side: faultnet.Server, armed: [2][]Rule{serverAlways, serverScenarios}, found: []Finding{tt.f}}
			j.traceFraming()
			if got := j.found[0].Bucket(); got != tt.want {
				t.Errorf("want %s, got %s: %s", tt.want, got, j.found[0].Summary)
			}
			if j.found[0].Bucket() != "state/R-ST-1/data EXISTS" && j.found[0].local {
				t.Error("it explains what follows")
			}
		})
	}
}
