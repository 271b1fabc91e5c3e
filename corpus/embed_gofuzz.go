//go:build gofuzz

package corpus

import (
	"io/fs"
	"testing/fstest"
)

// seedFiles has no seeds: go-fuzz-build copies the packages that it instruments
// file by file, and cannot copy a directory that is embedded. Entry points for
// go-fuzz do not ask for seeds; they are given to go-fuzz as files.
var seedFiles = fstest.MapFS{
	"seeds":     &fstest.MapFile{Mode: fs.ModeDir | 0o555},
	"scenarios": &fstest.MapFile{Mode: fs.ModeDir | 0o555},
}
