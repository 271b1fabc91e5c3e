package faultnet

import "sync"

// The sizes of what a proxied connection reads into: the small one is its own, the
// large one is borrowed while reads fill the small one.
const (
	smallBuffer = 4 << 10
	largeBuffer = 256 << 10
)

var largeBuffers = sync.Pool{New: func() any { return new([largeBuffer]byte) }}

// A buffer is what one direction of a proxied connection reads into.
type buffer struct {
	small []byte
	large *[largeBuffer]byte
}

// next returns where to read to.
func (b *buffer) next() []byte {
	if b.large != nil {
		return b.large[:]
	}
	if b.small == nil {
		b.small = make([]byte, smallBuffer)
	}
	return b.small
}

// used hears how many bytes came, when they are not needed any more.
func (b *buffer) used(n int) {
	switch {
	case b.large == nil && n == smallBuffer:
		b.large = largeBuffers.Get().(*[largeBuffer]byte)
	case n <= smallBuffer:
		b.release()
	}
}

// release gives the large one back.
func (b *buffer) release() {
	if b.large != nil {
		largeBuffers.Put(b.large)
		b.large = nil
	}
}
