package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
)

// Cases writes, for each row that failed or that has a warning, the case that
// shows it into dir, which it makes if there is something to write, and returns
// where the case of a row is, or "".
func Cases(dir string, c *harness.Card) (func(*harness.Row) string, error) {
	files := make(map[*harness.Row]string)
	for _, r := range c.Rows {
		if r.As != nil || len(r.Shown) == 0 {
			continue
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		name := filepath.Join(dir, r.Side.String()+"-"+strings.ToLower(r.Rule.ID)+".case")
		if err := os.WriteFile(name, []byte(r.Trial.Text), 0o666); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		files[r] = name
	}
	return func(r *harness.Row) string {
		if r.As != nil {
			r = r.As
		}
		return files[r]
	}, nil
}
