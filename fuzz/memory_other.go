//go:build !linux

package fuzz

import "os"

// resident returns 0: how much memory a process occupies is not known here.
func resident(int) int64 { return 0 }

// mostResident returns 0: how much memory a process occupied is not known here.
func mostResident(*os.ProcessState) int64 { return 0 }

// oomKills returns -1: how many processes the system has killed is not known here.
func oomKills() int { return -1 }
