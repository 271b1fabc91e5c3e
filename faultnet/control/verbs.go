package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

type handler struct{ p *faultnet.Proxy }

// A Connection is what GET /connections says of one.
type Connection struct {
	Number     int            `json:"number"` // 1 for the first, and so on
	From       string         `json:"from"`   // the client's address
	AgeSeconds float64        `json:"age_s"`  // how long it has lived
	Ended      bool           `json:"ended"`  // it lives no more
	Error      string         `json:"error,omitempty"`
	FromClient faultnet.Count `json:"from_client"`
	FromServer faultnet.Count `json:"from_server"`
	Strikes    int            `json:"strikes"` // how many faults have struck
	Unfired    []string       `json:"unfired"` // the rules that have not
}

func (h *handler) connections(*http.Request) (int, any, error) {
	all := []Connection{}
	for _, i := range h.p.Conns() {
		c := Connection{Number: i.N, From: i.ClientAddr.String(), AgeSeconds: i.Age.Seconds(), Ended: i.Ended,
			FromClient: i.FromClient, FromServer: i.FromServer, Strikes: i.Strikes, Unfired: []string{}}
		if i.Err != nil {
			c.Error = i.Err.Error()
		}
		for _, r := range i.Unfired {
			c.Unfired = append(c.Unfired, r.String())
		}
		all = append(all, c)
	}
	return http.StatusOK, all, nil
}

func (h *handler) journal(r *http.Request) (int, any, error) {
	n, err := number(r, "n")
	if err != nil {
		return 0, nil, err
	}
	journal, err := h.p.Journal(n)
	if err != nil {
		return 0, nil, err
	}
	return planText(faultnet.JournalPlan(journal))
}

func (h *handler) plan(*http.Request) (int, any, error) { return planText(h.p.Plan()) }

func planText(p faultnet.Plan) (int, any, error) {
	text, err := p.MarshalText()
	return http.StatusOK, string(text), err
}

func (h *handler) setPlan(r *http.Request) (int, any, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, nil, err
	}
	p, err := faultnet.ProxyForm.ParsePlan(string(text))
	if err != nil {
		return 0, nil, err
	}
	if err := h.p.SetPlan(p); err != nil {
		return 0, nil, err
	}
	return planText(p)
}

// An Applied is a fault that was applied.
type Applied struct {
	ID          int    `json:"id"`
	Rule        string `json:"rule"`
	Connections []int  `json:"connections"` // none is all, and those that come
}

func applied(a *faultnet.Applied) Applied {
	return Applied{ID: a.ID(), Rule: a.Rule().String(), Connections: append([]int{}, a.Conns()...)}
}

func (h *handler) faults(*http.Request) (int, any, error) {
	all := []Applied{}
	for _, a := range h.p.Applied() {
		all = append(all, applied(a))
	}
	return http.StatusOK, all, nil
}

// An Application is what POST /faults takes.
type Application struct {
	Rule        string `json:"rule"`
	Connections []int  `json:"connections"` // none is all, and those that come
	Wait        string `json:"wait"`        // how long to wait for the effect, as 5s; "" is 2s
}

func (h *handler) apply(r *http.Request) (int, any, error) {
	var want Application
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&want); err != nil {
		return 0, nil, fmt.Errorf("want a JSON object with a rule: %w", err)
	}
	rule, err := faultnet.ProxyForm.ParseRule(want.Rule)
	if err != nil {
		return 0, nil, err
	}
	wait := defaultWait
	if want.Wait != "" {
		if wait, err = time.ParseDuration(want.Wait); err != nil || wait < 0 {
			return 0, nil, fmt.Errorf("1:1: want a duration such as 1.5s, got %q", want.Wait)
		}
	}
	ctx, cancel := context.WithTimeout(r.Context(), wait)
	defer cancel()
	a, err := h.p.Apply(ctx, rule, want.Connections...)
	switch {
	case err == nil:
		return http.StatusCreated, applied(a), nil
	case a != nil && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)):
		return http.StatusAccepted, applied(a), nil
	}
	return 0, nil, err
}

var errUnknownFault = errors.New("want the id of a fault that is applied")

func (h *handler) heal(r *http.Request) (int, any, error) {
	id, err := number(r, "id")
	if err != nil {
		return 0, nil, err
	}
	for _, a := range h.p.Applied() {
		if a.ID() == id {
			return http.StatusNoContent, nil, a.Heal(r.Context())
		}
	}
	return 0, nil, fmt.Errorf("%w, got %d", errUnknownFault, id)
}

func (h *handler) healAll(r *http.Request) (int, any, error) {
	for _, a := range h.p.Applied() {
		if err := a.Heal(r.Context()); err != nil {
			return 0, nil, err
		}
	}
	return http.StatusNoContent, nil, nil
}

func (h *handler) accepting(*http.Request) (int, any, error) {
	return http.StatusOK, h.p.Accepting().String() + "\n", nil
}

func (h *handler) setAccepting(r *http.Request) (int, any, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return 0, nil, err
	}
	var a faultnet.Accepting
	if err := a.UnmarshalText([]byte(strings.TrimSpace(string(text)))); err != nil {
		return 0, nil, err
	}
	if err := h.p.SetAccepting(a); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, a.String() + "\n", nil
}
