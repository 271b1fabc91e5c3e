//go:build race

package goimap

// raceDetector says whether the tests run under the race detector.
const raceDetector = true
