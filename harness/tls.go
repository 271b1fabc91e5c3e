package harness

import (
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"time"
)

// certificate returns the harness's own certificate: for localhost, valid at
// any (fake) time, made from a fixed key, so that its length never changes.
// There is nothing secret about it.
var certificate = sync.OnceValue(func() tls.Certificate {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "localhost"},
		NotBefore:    time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:     time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(nil, tmpl, tmpl, key.Public(), key)
	if err != nil {
		panic("harness: make the test certificate: " + err.Error())
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

// ServerTLS returns the configuration with which the harness's servers speak
// TLS. Its certificate is for localhost and signed by itself.
func ServerTLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{certificate()}, SessionTicketsDisabled: true, DynamicRecordSizingDisabled: true}
}

// ClientTLS returns a configuration that trusts the harness's own certificate,
// and nothing else.
//
// It offers one key exchange, the cheapest: handshakes are not what is tested, and
// a hybrid one takes longer than all the rest of a session.
func ClientTLS() *tls.Config {
	return &tls.Config{
		RootCAs: trusted(), ServerName: "localhost", DynamicRecordSizingDisabled: true, CurvePreferences: []tls.CurveID{tls.X25519},
	}
}

// trusted holds the harness's own certificate.
var trusted = sync.OnceValue(func() *x509.CertPool {
	pool := x509.NewCertPool()
	leaf, err := x509.ParseCertificate(certificate().Certificate[0])
	if err != nil {
		panic("harness: parse the test certificate: " + err.Error())
	}
	pool.AddCert(leaf)
	return pool
})
