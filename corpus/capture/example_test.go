package capture_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/google/gopacket/pcapgo"

	"github.com/imapfuzz/imapfuzz/corpus/capture"
)

func ExampleWriteNG() {
	var file bytes.Buffer
	err := capture.WriteNG(&file, []capture.Conn{{Events: []capture.Event{
		{Kind: capture.Open},
		{Kind: capture.Data, Data: []byte("* OK ready\r\n")},
		{At: time.Second, Kind: capture.Data, FromClient: true, Data: []byte("a1 NOOP\r\n")},
		{At: time.Second, Kind: capture.RST, FromClient: true},
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := pcapgo.NewNgReader(&file, pcapgo.DefaultNgReaderOptions)
	n := 0
	for err == nil {
		if _, _, err = r.ReadPacketData(); err == nil {
			n++
		}
	}
	fmt.Println(n, "packets")
	// Output: 8 packets
}
