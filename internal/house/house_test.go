// Package house holds the tests of the project's own structure.
package house

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/imapfuzz/imapfuzz/"

// arrows says which packages of ours a package may import, and why no others.
var arrows = []struct {
	pkg    string // a package, or with /... all below it
	may    []string
	reason string
}{
	{"faultnet/control", []string{"faultnet"}, "a proxy over HTTP brings net/http, which faultnet itself does not"},
	{"faultnet/faulttest", []string{"faultnet"}, "bubbles for sweeps bring package testing, which faultnet itself does not"},
	{"faultnet/...", nil, "faultnet knows TCP and no IMAP: someone who tests a Redis client picks it up for itself"},
	{"internal/imapwire", nil, "the grammar knows neither networks nor cases"},
	{"corpus", []string{"faultnet", "internal/imapwire"}, "a case is text and faults; what runs it is above"},
	{"corpus/trace", nil, "a trace is neutral events, so that who makes them need not carry who writes them"},
	{"corpus/capture", []string{"corpus/trace"}, "captures are written from neutral events, so that no target's binary has to carry gopacket"},
	{"harness", []string{"corpus", "faultnet", "internal/imapwire"}, "the harness runs one case; searching is above it, and built-in targets come from outside"},
	{"harness/goimap", []string{"harness", "corpus", "faultnet"}, "go-imap's two sides are targets like a user's own"},
	{"harness/report", []string{"harness", "faultnet", "corpus"}, "pages bring templates, which no target's binary has to carry: only the command imports it"},
	{"fuzz", []string{"harness", "corpus", "corpus/trace", "faultnet", "internal/imapwire"}, "a user's test binary imports fuzz: nothing heavy comes with it"},
	{"fuzz/gotest", []string{"fuzz", "corpus"}, "what calls the go command is for the command, not for a target's test binary"},
	{"fuzz/gofuzz", []string{"fuzz", "harness", "harness/goimap", "corpus"}, "the entry points of go-fuzz are for the built-in targets"},
	{"internal/plants", []string{"harness", "corpus", "faultnet", "internal/imapwire"}, "planted bugs are targets"},
	{"cmd/imapfuzz", []string{"fuzz", "fuzz/gotest", "harness", "harness/goimap", "harness/report", "corpus", "corpus/capture", "faultnet", "faultnet/control"}, "a verb has no logic of its own"},
	{"internal/yardstick", []string{"fuzz", "fuzz/gotest", "corpus", "internal/plants", "internal/yardstick/raw"}, "it measures engines on planted bugs"},
	{"internal/yardstick/raw", []string{"corpus", "faultnet", "fuzz/gofuzz", "harness", "internal/plants"}, "raw bytes are what our cases are held against"},
	{"internal/yardstick/statements", nil, "it counts what engines reach of the server of go-imap"},
	{"internal/yardstick/decodings", []string{"internal/yardstick/raw"}, "it measures decodings on planted bugs"},
	{"internal/house", nil, "it only looks"},
}

// heavy are modules that must not come with a package that users import.
var heavy = map[string][]string{
	"faultnet": {"github.com/"},
	"corpus":   {"github.com/google/", "github.com/emersion/", "github.com/dvyukov/"},
	"harness":  {"github.com/google/", "github.com/emersion/", "github.com/dvyukov/"},
	"fuzz":     {"github.com/google/", "github.com/emersion/", "github.com/dvyukov/"},
}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var l listed
		if err := d.Decode(&l); err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, l)
	}
	return all
}

func TestImportsFollowTheArrows(t *testing.T) {
	seen := make(map[string]bool)
	for _, l := range list(t) {
		name := strings.TrimPrefix(l.ImportPath, module)
		i := slices.IndexFunc(arrows, func(a struct {
			pkg    string
			may    []string
			reason string
		}) bool {
			base, below := strings.CutSuffix(a.pkg, "/...")
			return name == base || below && strings.HasPrefix(name, base+"/")
		})
		if i < 0 {
			t.Errorf("%s: want a place in the house: add it to the table of arrows in internal/house, with its reason", name)
			continue
		}
		seen[arrows[i].pkg] = true
		for _, imp := range l.Imports {
			ours, ok := strings.CutPrefix(imp, module)
			if ok && !slices.Contains(arrows[i].may, ours) {
				t.Errorf("%s imports %s: %s", name, ours, arrows[i].reason)
			}
		}
	}
	for _, a := range arrows {
		if !seen[a.pkg] {
			t.Errorf("%s stands in the table of arrows, and there is no such package", a.pkg)
		}
	}
}

func TestNothingHeavyComesWithWhatUsersImport(t *testing.T) {
	checked := 0
	for _, l := range list(t) {
		bans, ok := heavy[strings.TrimPrefix(l.ImportPath, module)]
		if !ok {
			continue
		}
		checked++
		for _, dep := range l.Deps {
			for _, ban := range bans {
				if strings.HasPrefix(dep, ban) && !strings.HasPrefix(dep, module) {
					t.Errorf("%s comes with %s: a user's own test binary would have to carry it", strings.TrimPrefix(l.ImportPath, module), dep)
				}
			}
		}
	}
	if checked != len(heavy) {
		t.Errorf("checked %d packages, want %d", checked, len(heavy))
	}
}
