package plants

import (
	"slices"
	"time"
)

// age has the mailboxes of "restart-validity-falls" be such that they can fall.
func (st *store) age(srv *server) {
	for _, b := range st.boxes {
		if srv.has("restart-validity-falls") {
			b.validity += 5000
		}
	}
}

// sync notes what those defects have on disk that write nothing more down.
func (st *store) sync() {
	for _, b := range st.boxes {
		b.disk = b.next
		for _, m := range b.msgs {
			m.disk = slices.Clone(m.flags)
		}
	}
}

// spoil has the defects that strike when a server starts again over its store.
func (st *store) spoil(srv *server) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, name := range st.names() {
		b := st.boxes[name]
		switch {
		case srv.has("restart-validity-grows"):
			b.validity += 100
		case srv.has("restart-validity-falls"):
			b.validity = max(b.validity/2, 1)
		case srv.has("restart-uids-again"):
			b.next = 1
			for _, m := range b.msgs {
				b.next = max(b.next, m.uid+1)
			}
		case srv.has("restart-loses-mail"):
			b.remove(func(m *message) bool { return m.uid >= b.disk })
		case srv.has("restart-loses-flags"):
			for _, m := range b.msgs {
				m.flags = slices.Clone(m.disk)
			}
		case srv.has("restart-dates"):
			for _, m := range b.msgs {
				m.date = m.date.Add(time.Hour)
			}
		}
	}
}
