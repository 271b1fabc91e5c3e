package capture

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// epoch is the moment at which every capture begins: captures of equal runs are
// equal files. It is the start of fake time.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// maxComment bounds the comment of the file: an option of pcapng has 16 bits.
const maxComment = 32 << 10

// WriteNG writes the connections to w as a pcapng file, their packets merged in
// order of time. Faults become lines of the file's comment. The same conns give
// the same file. An error is w's, or says which event cannot be written.
func WriteNG(w io.Writer, conns []Conn) error {
	var packets []packet
	for i := range conns {
		p, err := segments(i, &conns[i])
		if err != nil {
			return fmt.Errorf("capture: connection %d: %w", i+1, err)
		}
		packets = append(packets, p...)
	}
	slices.SortStableFunc(packets, func(a, b packet) int { return cmp.Compare(a.at, b.at) })
	o := pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{
		Application: "imapfuzz",
		Comment:     comment(conns),
	}}
	intf := pcapgo.NgInterface{Name: "imapfuzz", LinkType: layers.LinkTypeEthernet, TimestampResolution: 9}
	ng, err := pcapgo.NewNgWriterInterface(w, intf, o)
	if err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	for i, p := range packets {
		ci := gopacket.CaptureInfo{
			// A nanosecond a packet keeps their order in readers that sort.
			Timestamp:     epoch.Add(p.at + time.Duration(i)),
			CaptureLength: len(p.bytes), Length: len(p.bytes),
		}
		if err := ng.WritePacket(ci, p.bytes); err != nil {
			return fmt.Errorf("capture: %w", err)
		}
	}
	if err := ng.Flush(); err != nil {
		return fmt.Errorf("capture: %w", err)
	}
	return nil
}

// NG returns what [WriteNG] writes.
func NG(conns []Conn) ([]byte, error) {
	var b bytes.Buffer
	if err := WriteNG(&b, conns); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// comment lists the names of the connections and the faults.
func comment(conns []Conn) string {
	var b strings.Builder
	for i, c := range conns {
		fmt.Fprintf(&b, "connection %d (client port %d)", i+1, clientPort(i))
		if c.Name != "" {
			fmt.Fprintf(&b, ": %s", c.Name)
		}
		b.WriteByte('\n')
		for _, e := range c.Events {
			if e.Kind == Fault {
				fmt.Fprintf(&b, "  %v: %s\n", e.At, e.Text)
			}
		}
	}
	s := b.String()
	if len(s) > maxComment {
		s = strings.ToValidUTF8(s[:maxComment], "")
	}
	return s
}
