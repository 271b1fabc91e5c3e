package capture

import (
	"fmt"
	"net"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// packet is one frame.
type packet struct {
	at    time.Duration
	bytes []byte
}

// window is what both ends always advertise.
const window = 65535

// end is one end of a connection, as a TCP stack would keep it.
type end struct {
	mac  net.HardwareAddr
	ip   net.IP
	port layers.TCPPort
	seq  uint32 // the next sequence number that it sends
	fin  bool   // its FIN is out
}

// wire turns the events of one connection into packets.
type wire struct {
	client, server end
	buf            gopacket.SerializeBuffer
	id             uint16
	opened, reset  bool
	packets        []packet
}

func clientPort(i int) int { return 49152 + i }

// segments returns the packets of connection i.
func segments(i int, c *Conn) ([]packet, error) {
	w := &wire{
		client: end{
			mac: net.HardwareAddr{2, 0, 0, 0, 0, 1}, ip: net.IPv4(192, 0, 2, 1).To4(),
			port: layers.TCPPort(clientPort(i)), seq: 1000,
		},
		server: end{
			mac: net.HardwareAddr{2, 0, 0, 0, 0, 2}, ip: net.IPv4(192, 0, 2, 2).To4(),
			port: Port, seq: 5000,
		},
		buf: gopacket.NewSerializeBuffer(),
	}
	for n, e := range c.Events {
		if err := w.event(e); err != nil {
			return nil, fmt.Errorf("event %d: %w", n+1, err)
		}
	}
	return w.packets, nil
}

func (w *wire) event(e Event) error {
	if e.Kind == Fault {
		return nil
	}
	if err := w.open(e.At); err != nil || e.Kind == Open {
		return err
	}
	from, to := &w.server, &w.client
	if e.FromClient {
		from, to = to, from
	}
	switch e.Kind {
	case Data:
		return w.data(e.At, from, to, e.Data)
	case FIN:
		if from.fin || w.reset {
			return nil
		}
		from.fin = true
		if err := w.send(e.At, from, to, &layers.TCP{FIN: true, ACK: true}, nil); err != nil {
			return err
		}
		from.seq++
		return w.send(e.At, to, from, &layers.TCP{ACK: true}, nil)
	case RST:
		if w.reset {
			return nil
		}
		w.reset = true
		return w.send(e.At, from, to, &layers.TCP{RST: true, ACK: true}, nil)
	}
	return fmt.Errorf("kind %d", e.Kind)
}

// open shakes hands, once.
func (w *wire) open(at time.Duration) error {
	if w.opened {
		return nil
	}
	w.opened = true
	mss := []layers.TCPOption{{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{MSS >> 8, MSS & 0xff}}}
	c, s := &w.client, &w.server
	if err := w.send(at, c, s, &layers.TCP{SYN: true, Options: mss}, nil); err != nil {
		return err
	}
	c.seq++
	if err := w.send(at, s, c, &layers.TCP{SYN: true, ACK: true, Options: mss}, nil); err != nil {
		return err
	}
	s.seq++
	return w.send(at, c, s, &layers.TCP{ACK: true}, nil)
}

// data sends b in segments; the last one is pushed, and acknowledged. After the
// sender's FIN or a reset there is no place for data any more: what a sender
// still wrote then never became a packet.
func (w *wire) data(at time.Duration, from, to *end, b []byte) error {
	if from.fin || w.reset {
		return nil
	}
	for len(b) > 0 {
		n := min(len(b), MSS)
		if err := w.send(at, from, to, &layers.TCP{ACK: true, PSH: n == len(b)}, b[:n]); err != nil {
			return err
		}
		from.seq += uint32(n)
		b = b[n:]
		if len(b) == 0 {
			return w.send(at, to, from, &layers.TCP{ACK: true}, nil)
		}
	}
	return nil
}

// send makes one packet of t and payload.
func (w *wire) send(at time.Duration, from, to *end, t *layers.TCP, payload []byte) error {
	w.id++
	eth := &layers.Ethernet{SrcMAC: from.mac, DstMAC: to.mac, EthernetType: layers.EthernetTypeIPv4}
	ip := &layers.IPv4{
		Version: 4, TTL: 64, Id: w.id, Flags: layers.IPv4DontFragment,
		Protocol: layers.IPProtocolTCP, SrcIP: from.ip, DstIP: to.ip,
	}
	t.SrcPort, t.DstPort, t.Seq, t.Window = from.port, to.port, from.seq, window
	if t.ACK {
		t.Ack = to.seq
	}
	if err := t.SetNetworkLayerForChecksum(ip); err != nil {
		return err
	}
	o := gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}
	if err := gopacket.SerializeLayers(w.buf, o, eth, ip, t, gopacket.Payload(payload)); err != nil {
		return err
	}
	w.packets = append(w.packets, packet{at, append([]byte(nil), w.buf.Bytes()...)})
	return nil
}
