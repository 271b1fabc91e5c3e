package fuzz

import (
	"hash/fnv"
	"math/rand/v2"
)

// Rand is the only source of chance in this package. Equal keys give equal draws
// in every process, on every machine and in every release: the bits are those of
// PCG, which Go pins, and what is made of them is written here and not taken from
// math/rand, which may change it.
//
// A Rand is not safe for concurrent use.
type Rand struct {
	pcg  rand.PCG
	head []byte // served first, a byte or two a draw
}

// NewRand returns the Rand of a stream. Streams of one seed are independent.
func NewRand(seed, stream uint64) *Rand {
	r := new(Rand)
	r.pcg.Seed(seed, stream)
	return r
}

// reset makes r draw from head until that is used up, and then from a PCG that
// head keys. It keeps head.
func (r *Rand) reset(head []byte) {
	h := fnv.New64a()
	h.Write(head)
	r.pcg.Seed(h.Sum64(), 0)
	r.head = head
}

// Uint64 returns 64 bits.
func (r *Rand) Uint64() uint64 { return r.pcg.Uint64() }

// N returns a number from 0 to n-1, by modulo: the bias is below 2^-32 for every n
// that is drawn here. It returns 0, and draws nothing, if n is 1 or less.
func (r *Rand) N(n int) int {
	if n <= 1 {
		return 0
	}
	switch {
	case len(r.head) > 0 && n <= 1<<8:
		k := int(r.head[0]) % n
		r.head = r.head[1:]
		return k
	case len(r.head) > 1:
		k := (int(r.head[0])<<8 | int(r.head[1])) % n
		r.head = r.head[2:]
		return k
	}
	return int(r.pcg.Uint64() % uint64(n))
}

// Chance returns true num times in den.
func (r *Rand) Chance(num, den int) bool { return r.N(den) < num }

// Between returns a number from lo to hi, both included.
func (r *Rand) Between(lo, hi int) int { return lo + r.N(hi-lo+1) }

// Weighted returns an index of weights, each as often as its weight says. All
// weights must be 0 or more, and their sum above 0.
func (r *Rand) Weighted(weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	k := r.N(sum)
	for i, w := range weights {
		if k -= w; k < 0 {
			return i
		}
	}
	return len(weights) - 1
}

// Pick returns one element of s, which must not be empty.
func Pick[T any](r *Rand, s []T) T { return s[r.N(len(s))] }
