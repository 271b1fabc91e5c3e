package fuzz

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// maxSlug bounds the readable part of a finding's folder name.
const maxSlug = 72

// slug returns the name of the folder of a bucket: readable, and with a bit of
// a hash, so that no two buckets share one.
func slug(bucket string) string {
	sum := sha256.Sum256([]byte(bucket))
	var b strings.Builder
	dash := true
	for _, r := range strings.ToLower(bucket) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.':
			if r == '.' && dash {
				continue
			}
			b.WriteRune(r)
			dash = false
		case !dash:
			b.WriteByte('-')
			dash = true
		}
		if b.Len() >= maxSlug {
			break
		}
	}
	return strings.Trim(b.String(), "-.") + "-" + hex.EncodeToString(sum[:3])
}
