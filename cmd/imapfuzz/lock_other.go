//go:build !unix || solaris || aix

package main

import (
	"errors"
	"os"
)

// tryLock fails: there are no such locks here.
func tryLock(*os.File) error { return errors.ErrUnsupported }
