package harness

import (
	"strconv"

	"github.com/imapfuzz/imapfuzz/corpus"
)

const mailText = "From: Ada <ada@example.org>\r\n" +
	"To: Bob <bob@example.org>\r\n" +
	"Subject: lunch\r\n" +
	"Date: Mon, 3 Jan 2000 12:00:00 +0000\r\n" +
	"Message-ID: <lunch@example.org>\r\n" +
	"\r\n" +
	"At noon?\r\n"

const mailMixed = "From: Bob <bob@example.org>\r\n" +
	"To: Ada <ada@example.org>\r\n" +
	"Cc: \"Carol, R.\" <carol@example.org>\r\n" +
	"Subject: =?utf-8?q?caf=C3=A9?=\r\n" +
	"Date: Mon, 3 Jan 2000 12:05:00 +0100\r\n" +
	"Message-ID: <cafe@example.org>\r\n" +
	"In-Reply-To: <lunch@example.org>\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: multipart/mixed; boundary=\"b1\"\r\n" +
	"\r\n" +
	"--b1\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\n" +
	"Content-Transfer-Encoding: quoted-printable\r\n" +
	"\r\n" +
	"At the caf=C3=A9.\r\n" +
	"--b1\r\n" +
	"Content-Type: application/octet-stream; name=\"map.bin\"\r\n" +
	"Content-Disposition: attachment; filename=\"map.bin\"\r\n" +
	"Content-Transfer-Encoding: base64\r\n" +
	"\r\n" +
	"AAECAwQFBgc=\r\n" +
	"--b1--\r\n"

const mailNested = "From: Carol <carol@example.org>\r\n" +
	"To: Ada <ada@example.org>, Bob <bob@example.org>\r\n" +
	"Subject: Fwd: lunch\r\n" +
	"Date: Mon, 3 Jan 2000 12:10:00 -0500\r\n" +
	"MIME-Version: 1.0\r\n" +
	"Content-Type: message/rfc822\r\n" +
	"\r\n" +
	mailText

// mentions reports whether any step of c has word, which is in lower case, in
// its bytes, in any case.
func mentions(c *corpus.Case, word string) bool {
	for i := range c.Steps {
		if containsFold(c.Steps[i].Data, word) {
			return true
		}
	}
	return false
}

// containsFold reports whether b contains word, which is in lower case, in any
// case (ASCII).
func containsFold(b []byte, word string) bool {
	for i := range len(b) - len(word) + 1 {
		if word != "" && lower(b[i]) != word[0] {
			continue // most of the time
		}
		n := 0
		for n < len(word) && lower(b[i+n]) == word[n] {
			n++
		}
		if n == len(word) {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func itoa(n int) string { return strconv.Itoa(n) }
