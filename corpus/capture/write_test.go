package capture

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
)

// stream is what a reader of a capture learns of one direction.
type stream struct {
	data []byte
	next uint32
	syn  bool
	fin  bool
	rst  bool
}

// read opens a capture as any reader would, and checks that every packet is one
// that TCP allows.
func read(t *testing.T, file []byte) (map[layers.TCPPort]*[2]stream, string, int) {
	t.Helper()
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	conns := map[layers.TCPPort]*[2]stream{}
	packets := 0
	var last time.Time
	for {
		data, ci, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packets++
		if ci.Timestamp.Before(last) {
			t.Errorf("packet %d is earlier than the one before", packets)
		}
		last = ci.Timestamp
		p := gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.Default)
		if e := p.ErrorLayer(); e != nil {
			t.Fatalf("packet %d: %v", packets, e.Error())
		}
		tcp := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		dir, port := 0, tcp.SrcPort
		if tcp.SrcPort == Port {
			dir, port = 1, tcp.DstPort
		}
		c := conns[port]
		if c == nil {
			c = new([2]stream)
			conns[port] = c
		}
		s, o := &c[dir], &c[1-dir]
		if s.syn && tcp.Seq != s.next {
			t.Errorf("packet %d: sequence number %d, want %d", packets, tcp.Seq, s.next)
		}
		if tcp.ACK && tcp.Ack != o.next {
			t.Errorf("packet %d: acknowledges %d, want %d", packets, tcp.Ack, o.next)
		}
		if len(tcp.Payload) > MSS {
			t.Errorf("packet %d: %d bytes of data", packets, len(tcp.Payload))
		}
		s.next = tcp.Seq + uint32(len(tcp.Payload))
		if tcp.SYN || tcp.FIN {
			s.next++
		}
		s.data = append(s.data, tcp.Payload...)
		s.syn, s.fin, s.rst = s.syn || tcp.SYN, s.fin || tcp.FIN, s.rst || tcp.RST
	}
	return conns, r.SectionInfo().Comment, packets
}

func write(t *testing.T, conns ...Conn) []byte {
	t.Helper()
	file, err := NG(conns)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWriteNG(t *testing.T) {
	t.Run("both directions read back as they were sent", func(t *testing.T) {
		big := bytes.Repeat([]byte("0123456789"), 1000)
		conns, _, packets := read(t, write(t, Conn{Events: []Event{
			{Kind: Open},
			{Kind: Data, Data: []byte("* OK hello\r\n")},
			{At: time.Second, Kind: Data, FromClient: true, Data: big},
			{At: time.Hour, Kind: FIN, FromClient: true},
			{At: time.Hour, Kind: FIN},
		}}))
		c := conns[49152]
		if c == nil || !bytes.Equal(c[0].data, big) || string(c[1].data) != "* OK hello\r\n" {
			t.Fatal("the bytes are not those that were sent")
		}
		if !c[0].syn || !c[1].syn || !c[0].fin || !c[1].fin || c[0].rst || c[1].rst {
			t.Errorf("flags: %+v", c)
		}
		if want := 3 + 2 + 7 + 1 + 4; packets != want {
			t.Errorf("%d packets, want %d", packets, want)
		}
	})
	t.Run("a reset is an RST, and nothing follows it", func(t *testing.T) {
		conns, _, _ := read(t, write(t, Conn{Events: []Event{
			{Kind: Data, FromClient: true, Data: []byte("a1 NOOP\r\n")},
			{Kind: RST, FromClient: true},
			{Kind: Data, Data: []byte("lost")},
			{Kind: RST},
			{Kind: FIN},
		}}))
		c := conns[49152]
		if !c[0].rst || c[1].rst || c[1].fin || len(c[1].data) != 0 {
			t.Errorf("after the reset: %+v", c)
		}
		if !c[0].syn {
			t.Error("the handshake that the events left out is missing")
		}
	})
	t.Run("a half-closed connection goes on in the other direction", func(t *testing.T) {
		conns, _, _ := read(t, write(t, Conn{Events: []Event{
			{Kind: FIN, FromClient: true},
			{Kind: Data, FromClient: true, Data: []byte("too late")},
			{Kind: Data, Data: []byte("* BYE\r\n")},
		}}))
		if c := conns[49152]; string(c[1].data) != "* BYE\r\n" || len(c[0].data) != 0 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("connections have ports of their own, and are merged by time", func(t *testing.T) {
		conns, _, _ := read(t, write(t,
			Conn{Events: []Event{{At: 2, Kind: Data, FromClient: true, Data: []byte("one")}}},
			Conn{Events: []Event{{At: 1, Kind: Data, FromClient: true, Data: []byte("two")}}},
		))
		if len(conns) != 2 || string(conns[49153][0].data) != "two" {
			t.Errorf("%d connections", len(conns))
		}
	})
	t.Run("faults stand in the comment, which is bounded", func(t *testing.T) {
		events := []Event{{At: time.Minute, Kind: Fault, Text: "client @38: reset"}}
		_, comment, packets := read(t, write(t, Conn{Name: "go-imap", Events: events}))
		if want := "connection 1 (client port 49152): go-imap\n  1m0s: client @38: reset\n"; comment != want || packets != 0 {
			t.Errorf("comment %q, want %q", comment, want)
		}
		for range 5000 {
			events = append(events, Event{Kind: Fault, Text: strings.Repeat("ä", 20)})
		}
		if _, comment, _ = read(t, write(t, Conn{Events: events})); len(comment) > maxComment || len(comment) < maxComment-2 {
			t.Errorf("%d bytes of comment", len(comment))
		}
	})
	t.Run("the same connections give the same file", func(t *testing.T) {
		c := Conn{Events: []Event{{Kind: Data, Data: []byte("x")}}}
		if !bytes.Equal(write(t, c), write(t, c)) {
			t.Error("two files differ")
		}
	})
	t.Run("errors of the writer and of the events are reported", func(t *testing.T) {
		if err := WriteNG(broken{}, []Conn{{Events: []Event{{Kind: Open}}}}); !errors.Is(err, errBroken) {
			t.Errorf("got %v", err)
		}
		_, err := NG([]Conn{{}, {Events: []Event{{Kind: 99}}}})
		if err == nil || err.Error() != "capture: connection 2: event 1: kind 99" {
			t.Errorf("got %v", err)
		}
	})
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }
