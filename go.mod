module github.com/imapfuzz/imapfuzz

go 1.26
