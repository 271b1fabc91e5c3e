package faultnet

// pick chooses within lo..hi (hi 0: lo), keyed by a position of the stream
// alone, so that every run of every release chooses alike.
func pick(lo, hi, key int64) int64 {
	if hi <= lo {
		return lo
	}
	return lo + int64(mix(uint64(key))%uint64(hi-lo+1))
}

// mix is SplitMix64: the output of that generator for the state z.
func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
