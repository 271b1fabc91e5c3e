package faultnet

// A Plan is the faults of one connection. It is never changed by a connection;
// many connections may share one.
type Plan struct {
	Rules []Rule
}

// String returns p in the plan language, in canonical form: one rule a line,
// each line ended; "" for an empty plan.
func (p Plan) String() string {
	var b []byte
	for _, r := range p.Rules {
		b = append(r.append(b), '\n')
	}
	return string(b)
}

// Check reports whether every rule is one that the plan language can say.
func (p Plan) Check() error {
	for _, r := range p.Rules {
		if err := r.Check(); err != nil {
			return err
		}
	}
	return nil
}

// Without returns p without the rules of the given indices, which count from
// 0; p is left as it is.
func (p Plan) Without(indices ...int) Plan {
	var left Plan
next:
	for i, r := range p.Rules {
		for _, x := range indices {
			if i == x {
				continue next
			}
		}
		left.Rules = append(left.Rules, r)
	}
	return left
}

// MarshalText returns the canonical text behind a line that names the version of
// the language: what a file should have. It never fails.
func (p Plan) MarshalText() ([]byte, error) { return []byte("faultnet plan 1\n" + p.String()), nil }

// UnmarshalText parses text as ParsePlan does.
func (p *Plan) UnmarshalText(text []byte) error {
	q, err := ParsePlan(string(text))
	if err == nil {
		*p = q
	}
	return err
}
