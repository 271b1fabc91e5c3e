// Package gotest builds, with the go command, the programs that run the cases of a
// campaign on somebody's Go package: its test binary, which counts the edges of the
// target's code. It is for the command, not for what a target imports.
package gotest
