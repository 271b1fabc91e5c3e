package main

import (
	"fmt"
	"strconv"
	"strings"
)

// memFlag is a number of bytes: "2GiB", "512MiB", "64KiB" or plain digits.
type memFlag int64

var memUnits = []struct {
	name string
	size int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// String returns the largest unit that fits without a rest.
func (m *memFlag) String() string {
	for _, u := range memUnits {
		if v := int64(*m); v != 0 && v%u.size == 0 {
			return strconv.FormatInt(v/u.size, 10) + u.name
		}
	}
	return strconv.FormatInt(int64(*m), 10)
}

// Set reads what String writes.
func (m *memFlag) Set(s string) error {
	digits, size := s, int64(1)
	for _, u := range memUnits {
		if d, ok := strings.CutSuffix(s, u.name); ok {
			digits, size = d, u.size
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n <= 0 || n > (1<<62)/size {
		return fmt.Errorf("want a size such as 512MiB or 2GiB, got %q", s)
	}
	*m = memFlag(n * size)
	return nil
}
