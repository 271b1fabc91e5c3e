package fuzz

import "strconv"

// tagOf returns the kth tag of a connection: a1, a2, on connection 2 b1, b2.
func tagOf(conn, k int) string {
	return string(rune('a'+(conn-1)%26)) + strconv.Itoa(k)
}

// tagLen returns the length of the tag that a command line starts with: a letter
// and digits before a space. 0: it starts with none of that form.
func tagLen(d []byte) int {
	if len(d) < 3 || d[0] < 'a' || d[0] > 'z' {
		return 0
	}
	i := 1
	for i < len(d) && i < 10 && d[i] >= '0' && d[i] <= '9' {
		i++
	}
	if i == 1 || i == len(d) || d[i] != ' ' {
		return 0
	}
	return i
}
