package faultnet

import (
	"errors"
	"strings"
	"testing"
)

func TestEachFormSaysWhereARuleStandsThatItCannotDo(t *testing.T) {
	ran := 0
	for _, row := range []struct {
		rule  string
		forms string // those that can
		where string // what the others say
	}{
		{"client: cut", "any link listener client server dialer listening proxy", ""},
		{"server: refuse", "any listener dialer proxy", `2:10: want a fault that FORM can do, got "refuse"`},
		{"server: slow-accept 1s", "any listener listening proxy", `2:10: want a fault that FORM can do, got "slow-accept"`},
		{"client: slow-connect", "any listener dialer", `2:10: want a fault that FORM can do, got "slow-connect"`},
		{"client write 1: cut", "any link listener client dialer", `2:9: want a point that FORM sees, got`},
		{"client read 1: cut", "any link listener server listening", `2:9: want a point that FORM sees, got`},
		{"server write 1: cut", "any link listener server listening", `2:9: want a point that FORM sees, got`},
		{"server until read 1: stall", "any link listener client dialer", `2:15: want a point that FORM sees, got`},
	} {
		for form, name := range map[Form]string{AnyForm: "any", LinkForm: "link", ListenerForm: "listener", ClientForm: "client",
			ServerForm: "server", DialerForm: "dialer", WrapListening: "listening", ProxyForm: "proxy"} {
			can := false
			for _, f := range strings.Fields(row.forms) {
				can = can || f == name
			}
			_, err := form.ParsePlan("\n " + row.rule)
			rule, perr := ParseRule(row.rule)
			if perr != nil {
				t.Fatal(perr)
			}
			plan := Plan{Rules: []Rule{rule}}
			if checked := plan.CheckFor(form); (err == nil) != can || (checked == nil) != can {
				t.Errorf("%s, %s: %v, %v", form, row.rule, err, checked)
			}
			var syntax *SyntaxError
			if want := strings.ReplaceAll(row.where, "FORM", form.String()); err != nil && (!errors.As(err, &syntax) || !strings.HasPrefix(err.Error(), want)) {
				t.Errorf("%s, %s: %v, want %s", form, row.rule, err, want)
			}
			ran++
		}
	}
	if ran != 8*int(formEnd) {
		t.Errorf("%d ran", ran)
	}
	if formEnd.String() != "form 8" {
		t.Error(formEnd)
	}
}
