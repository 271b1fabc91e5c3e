package goimap

import "runtime/debug"

// module is go-imap's.
const module = "github.com/emersion/go-imap/v2"

// Version returns the version of go-imap that the program is built with, as in
// "v2.0.0-beta.8", and "" if the program does not know it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range info.Deps {
		if m.Path == module {
			return m.Version
		}
	}
	return ""
}
