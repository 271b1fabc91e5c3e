module example.com/magic

go 1.26.0

require github.com/imapfuzz/imapfuzz v0.0.0

replace github.com/imapfuzz/imapfuzz => ../../../..
