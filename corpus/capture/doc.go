// Package capture writes what went over simulated connections as a capture file
// that Wireshark opens.
//
// There never were packets: [WriteNG] makes up Ethernet, IPv4 and TCP around the
// bytes, in a way that a TCP stack could have produced them: a handshake, sequence
// numbers and acknowledgments that fit, segments of at most [MSS] bytes, and FIN
// and RST where they were. The capture is taken beside the network that breaks: a
// direction holds the bytes that arrived, followed by those that were sent and
// lost, if the caller gives them.
package capture
