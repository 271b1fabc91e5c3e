package imapwire_test

import (
	"fmt"

	"github.com/imapfuzz/imapfuzz/internal/imapwire"
)

func ExampleParseResponse() {
	stream := []byte("* 2 FETCH (UID 7 BODY[TEXT] {3}\r\nhey)\r\na1 OK [UIDNEXT 0] done\r\n")
	for len(stream) > 0 {
		n, ok := imapwire.ResponseUnit(stream)
		if !ok {
			break
		}
		r, err := imapwire.ParseResponse(stream[:n], imapwire.Any)
		fmt.Printf("%v %s %q\n", r.Type, r.Name, r.Code)
		if err != nil {
			fmt.Println(err.Production, "-", err)
		}
		stream = stream[n:]
	}
	// Output:
	// untagged FETCH ""
	// tagged OK "UIDNEXT"
	// number - byte 15: want a digit from 1 to 9, got "0"
}

func ExampleEachFetchItem() {
	r, _ := imapwire.ParseResponse([]byte("* 2 FETCH (UID 7 BODY[TEXT]<4> {3}\r\nhey)\r\n"), imapwire.Any)
	imapwire.EachFetchItem(r, func(name string, section []byte, origin int64, value []byte) {
		if name == "BODY" {
			octets, _, _ := imapwire.NString(value)
			fmt.Printf("%s[%s] from octet %d: %s\n", name, section, origin, octets)
		}
	})
	// Output: BODY[TEXT] from octet 4: hey
}

func ExampleParseCommand() {
	cmd, err := imapwire.ParseCommand([]byte("a1 UID FETCH 1:* (FLAGS  UID)\r\n"), imapwire.Rev1)
	fmt.Println(string(cmd.Tag), cmd.Name)
	fmt.Println(err.Production, "-", err)
	// Output:
	// a1 UID FETCH
	// space - byte 24: want one SP only, got SP
}

func ExampleFramer() {
	var f imapwire.Framer
	arrived := []byte("* LIST () NIL {3}\r\n")
	_, ok := f.Next(arrived)
	fmt.Println(ok)
	arrived = append(arrived, "a\nb\r\n* "...)
	n, ok := f.Next(arrived)
	fmt.Printf("%q %t\n", arrived[:n], ok)
	// Output:
	// false
	// "* LIST () NIL {3}\r\na\nb\r\n" true
}

func ExampleAppendMailbox() {
	fmt.Printf("%s\n", imapwire.AppendMailbox([]byte("a1 SELECT "), "Entw\u00fcrfe"))
	// Output: a1 SELECT Entw&APw-rfe
}
