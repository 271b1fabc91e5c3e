package fuzz

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// resident returns how many bytes of memory a process occupies, 0 if unknown.
func resident(pid int) int64 {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	f := bytes.Fields(b)
	if len(f) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(f[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}

// mostResident returns how many bytes of memory a process that has ended occupied at
// most, 0 if unknown.
func mostResident(s *os.ProcessState) int64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return int64(u.Maxrss) << 10
	}
	return 0
}

// oomKills returns how many processes the kernel has killed for want of memory since it
// was started, -1 if it does not say.
func oomKills() int {
	b, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		return -1
	}
	for line := range bytes.Lines(b) {
		if n, ok := bytes.CutPrefix(line, []byte("oom_kill ")); ok {
			if n, err := strconv.Atoi(string(bytes.TrimSpace(n))); err == nil {
				return n
			}
		}
	}
	return -1
}
