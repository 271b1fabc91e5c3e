package broken

import "testing"

func FuzzServer(f *testing.F) { f.Fuzz(undefinedName) }
