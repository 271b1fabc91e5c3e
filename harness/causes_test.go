package harness

import (
	"strings"
	"testing"
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
