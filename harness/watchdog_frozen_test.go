package harness

import (
	"testing"

	"github.com/imapfuzz/imapfuzz/faultnet"
)

// Two goroutines of a client in whose packages is example.org/c: the second waits
// for what the first holds.
const (
	waitsInCall = `goroutine 7 [chan receive (durable), synctest bubble 1]:
example.org/c.(*Client).upgrade(0x1)
	/c.go:33 +0x17f
github.com/imapfuzz/imapfuzz/harness.(*clientPlay).drive.func1()
	/p.go:123 +0x98
created by github.com/imapfuzz/imapfuzz/harness.(*clientPlay).drive in goroutine 6
	/p.go:114 +0xd0
`
	waitsForLock = `goroutine 10 [sync.Mutex.Lock, synctest bubble 1]:
sync.(*Mutex).Lock(...)
	/mutex.go:46
example.org/c.(*Client).begin(0x1)
	/c.go:426 +0xe5
created by example.org/c.(*Client).caps in goroutine 9
	/c.go:365 +0xe7
`
	reads = `goroutine 9 [select, synctest bubble 1]:
github.com/imapfuzz/imapfuzz/faultnet.(*Conn).Read(0x1)
	/pipe.go:1 +0x1
example.org/c.(*Client).read(0x1)
	/c.go:99 +0x1
created by example.org/c.New in goroutine 7
	/c.go:1 +0x1
`
)

func TestALockIsWaitedForWhereItsHolderWaits(t *testing.T) {
	w := &Watchdog{target: &Client{Packages: []string{"example.org/c"}}}
	for _, tt := range []struct{ name, stacks, want string }{
		{"a call waits on a connection that nobody reads, and holds the lock", waitsInCall + "\n" + waitsForLock, "hang/2683-3.1.2-a/c.(*Client).upgrade"},
		{"no call is seen to wait for anything but a lock", waitsForLock, "hang/no-hang/c.(*Client).begin"},
		{"somebody reads: time may help", waitsInCall + "\n" + waitsForLock + "\n" + reads, "//"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := w.frozen(parseStacks([]byte(tt.stacks)))
			if f.Bucket() != tt.want && !(tt.want == "//" && f.Rule == "") {
				t.Errorf("want %s, got %s", tt.want, f.Bucket())
			}
			if f.Rule != "" && f.Side != faultnet.Client {
				t.Errorf("it is %v's", f.Side)
			}
		})
	}
}
