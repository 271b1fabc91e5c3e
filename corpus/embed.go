//go:build !gofuzz

package corpus

import "embed"

//go:embed seeds scenarios
var seedFiles embed.FS
