package main

import (
	"io"
	"net"
)

// drain accepts connections for ever, reads each to its end and closes it.
func drain() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{c}, make([]byte, 256<<10))
				c.Close()
			}()
		}
	}()
	return l.Addr().String(), nil
}

// measureProxies sends megabytes through each proxy in turn.
func measureProxies(turns int) ([]figure, error) {
	const bytes = 128 << 20
	sink, err := drain()
	if err != nil {
		return nil, err
	}
	kinds := []string{"copy", "faultnet", "toxiproxy"}
	used := map[string][]float64{}
	children := map[string]*process{}
	addrs := map[string]string{}
	for _, kind := range kinds {
		p, addr, err := start(kind, sink)
		if err != nil {
			return nil, err
		}
		defer p.stop()
		children[kind], addrs[kind] = p, addr
	}
	for turn := range turns + 1 {
		for _, kind := range kinds {
			before, err := children[kind].ask("cpu")
			if err != nil {
				return nil, err
			}
			c, err := net.Dial("tcp", addrs[kind])
			if err != nil {
				return nil, err
			}
			err = transfer(c, bytes)
			c.Close()
			if err != nil {
				return nil, err
			}
			after, err := children[kind].ask("cpu")
			if err != nil {
				return nil, err
			}
			if turn > 0 { // the first is to warm up
				used[kind] = append(used[kind], (after-before)/bytes*(1<<30))
			}
		}
	}
	return []figure{
		{"proxy_cpu_vs_copy", compare("the proxy against a copy loop, CPU s/GiB", used["faultnet"], used["copy"]), "<=1.1"},
		{"toxiproxy_cpu_vs_proxy", compare("toxiproxy against the proxy, CPU s/GiB", used["toxiproxy"], used["faultnet"]), ">=2"},
	}, nil
}

// measureWrap sends megabytes over a socket, wrapped and bare in turn.
func measureWrap(turns int) ([]figure, error) {
	sink, err := drain()
	if err != nil {
		return nil, err
	}
	used := map[string][]float64{}
	children := map[string]*process{}
	for _, kind := range []string{"bare", "wrap"} {
		p, _, err := start(kind, sink)
		if err != nil {
			return nil, err
		}
		defer p.stop()
		children[kind] = p
	}
	for turn := range 2*turns + 1 {
		for _, kind := range []string{"bare", "wrap"} {
			cpu, err := children[kind].ask("268435456")
			if err != nil {
				return nil, err
			}
			if turn > 0 {
				used[kind] = append(used[kind], cpu*4)
			}
		}
	}
	return []figure{{"wrap_vs_bare", compare("a wrapped socket against a bare one, CPU s/GiB", used["wrap"], used["bare"]), "<=1.02"}}, nil
}
