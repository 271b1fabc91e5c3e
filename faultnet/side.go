package faultnet

import "strconv"

// A Side names the end of a connection that sends the bytes in question, or,
// where an end is meant, that end itself. The zero Side is no side.
type Side uint8

// The two sides of a connection.
const (
	Client Side = 1 + iota
	Server
)

// Other returns the opposite side; the other of no side is no side.
func (s Side) Other() Side {
	switch s {
	case Client:
		return Server
	case Server:
		return Client
	}
	return 0
}

// String returns "client" or "server".
func (s Side) String() string {
	switch s {
	case Client:
		return "client"
	case Server:
		return "server"
	}
	return "side " + strconv.Itoa(int(s))
}

// valid reports whether s is one of the two sides.
func (s Side) valid() bool { return s == Client || s == Server }
