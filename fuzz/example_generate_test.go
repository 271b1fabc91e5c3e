package fuzz

import (
	"fmt"
	"strings"

	"github.com/imapfuzz/imapfuzz/corpus"
)

func ExampleGenerate() {
	c := Generate(NewRand(1, 4), corpus.Server, nil)
	again := Generate(NewRand(1, 4), corpus.Server, nil)
	fmt.Println(c.Target, len(c.Steps) > 0, c.Equal(again))
	// Output: server true true
}

func ExampleMutate() {
	text := "imapfuzz case 1\ntarget: server\n\nC: a1 LOGIN test test\nC: a2 SELECT INBOX\nC: a3 FETCH 1 FLAGS\n"
	c, err := corpus.Parse("seed.case", []byte(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	for k := range uint64(100) {
		d, name := Mutate(NewRand(1, k), c, nil, nil)
		if strings.HasPrefix(name, "arg-replace") && !d.Equal(c) {
			fmt.Println("an argument was replaced")
			break
		}
	}
	fmt.Println(string(corpus.Format(c)) == text)
	// Output:
	// an argument was replaced
	// true
}

func ExampleDecode() {
	fmt.Printf("%s", corpus.Format(Decode(corpus.Server, nil, nil)))
	// Output:
	// imapfuzz case 1
	// target: server
	//
	// C: a1 LOGIN test test
	// C: a2 SELECT INBOX
	// C: a3 NOOP
}

func ExampleEncode() {
	c := Decode(corpus.Server, nil, nil)
	data, ok := Encode(c)
	fmt.Println(ok, Decode(corpus.Server, data, nil).Equal(c))
	// Output: true true
}

func ExampleVocabulary_Learn() {
	v := DefaultVocabulary(corpus.Server)
	v.Learn([]byte(`* LIST (\HasNoChildren) "/" Receipts` + "\r\n"))
	fmt.Printf("%s\n", v.Words)
	// Output: [LIST Receipts \HasNoChildren]
}
