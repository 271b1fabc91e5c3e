//go:build unix

package harness

import (
	"syscall"
	"time"
)

// cpuTime returns how long the process has computed: unlike real time it does
// not pass while other processes have the machine.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
