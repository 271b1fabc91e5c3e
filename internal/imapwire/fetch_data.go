package imapwire

// FetchItem returns the value of the first data item of that upper-case name
// without section, as it is on the wire. It looks at the items before the first
// error only.
func (r Response) FetchItem(name string) (value []byte, ok bool) {
	if r.Name != "FETCH" || !r.HasNum {
		return nil, false
	}
	_ = EachFetchItem(r, func(n string, section []byte, _ int64, v []byte) {
		if !ok && n == name && section == nil {
			value, ok = v, true
		}
	})
	return value, ok
}

// UID returns the UID of a FETCH response.
func (r Response) UID() (uint32, bool) {
	v, ok := r.FetchItem("UID")
	if !ok {
		return 0, false
	}
	n, ok := ParseNumber(v)
	return uint32(n), ok
}

// FetchFlags returns the flags of a FETCH response.
func (r Response) FetchFlags() (Words, bool) {
	v, ok := r.FetchItem("FLAGS")
	if !ok {
		return nil, false
	}
	return ParseFlags(v)
}

// ModSeq returns the mod-sequence of a FETCH response (RFC 7162, section 3.1.4).
func (r Response) ModSeq() (uint64, bool) {
	v, ok := r.FetchItem("MODSEQ")
	if !ok || len(v) < 2 {
		return 0, false
	}
	return ParseNumber(v[1 : len(v)-1])
}
