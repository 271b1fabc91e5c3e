// Package faulttest runs the sessions of a faultnet.Sweep in testing/synctest
// bubbles: in fake time, in which half an hour of silence costs microseconds, and
// in which nothing that hangs or stays behind escapes. It is for tests; it brings
// package testing with it.
package faulttest
