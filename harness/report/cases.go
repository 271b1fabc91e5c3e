package report

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/imapfuzz/imapfuzz/harness"
)

// Files says where the case behind a row is, and how it is run again. The zero
// value knows of none.
type Files struct {
	Of    func(*harness.Row) string // "" for a row that has none; nil: none has
	Again string                    // the command that replays a case, but for its file; empty: "imapfuzz replay"
}

func (f Files) of(r *harness.Row) string {
	if f.Of == nil {
		return ""
	}
	return f.Of(r)
}

// command returns the command that replays the case of r, as a shell reads it,
// or "".
func (f Files) command(r *harness.Row) string {
	file := f.of(r)
	if file == "" {
		return ""
	}
	if strings.ContainsAny(file, " \t\n\"'\\$`*?[]{}()<>|&;#~!") {
		file = "'" + strings.ReplaceAll(file, "'", `'\''`) + "'"
	}
	return cmp.Or(f.Again, "imapfuzz replay") + " " + file
}

// Write writes, for each row that failed or that has a warning, the case that
// shows it into dir, which it makes if there is something to write.
func Write(dir string, c *harness.Card) (Files, error) {
	files := make(map[*harness.Row]string)
	for _, r := range c.Rows {
		if r.As != nil || len(r.Shown) == 0 {
			continue
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return Files{}, fmt.Errorf("report: %w", err)
		}
		name := filepath.Join(dir, r.Side.String()+"-"+strings.ToLower(r.Rule.ID)+".case")
		if err := os.WriteFile(name, []byte(r.Trial.Text), 0o666); err != nil {
			return Files{}, fmt.Errorf("report: %w", err)
		}
		files[r] = name
	}
	return Files{Of: func(r *harness.Row) string {
		if r.As != nil {
			r = r.As
		}
		return files[r]
	}}, nil
}
