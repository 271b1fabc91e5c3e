// Package report writes report cards: as text, JSON, Markdown, JUnit's XML and
// as a page of HTML. It is apart from package harness so that no target's test
// binary has to carry templates.
package report
