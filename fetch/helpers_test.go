package fetch

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/sigdiff/sigdiff/internal/crashstatstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A memory keeps crashes.
type memory struct {
	mu      sync.Mutex
	docs    map[string][2][]byte // raw, processed
	known   map[string]Known
	puts    map[string]int
	failPut error
	onPut   func(n int)
}

func newMemory() *memory {
	return &memory{docs: map[string][2][]byte{}, known: map[string]Known{}, puts: map[string]int{}}
}

func (m *memory) have(_ context.Context, ids []string) ([]Known, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]Known, len(ids))
	for i, id := range ids {
		out[i] = m.known[id]
	}
	return out, nil
}

func (m *memory) keep(_ context.Context, c Crash) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failPut != nil {
		return m.failPut
	}
	docs, k := m.docs[c.ID], m.known[c.ID]
	if c.Raw != nil {
		docs[0], k.Raw = c.Raw, true
	}
	if c.Processed != nil {
		docs[1], k.Processed = c.Processed, true
	}
	if c.RawMissing {
		k.RawMissing = time.Now()
	}
	if c.ProcessedMissing {
		k.ProcessedMissing = time.Now()
	}
	m.known[c.ID] = k
	if c.Raw == nil && c.Processed == nil {
		return nil
	}
	m.docs[c.ID] = docs
	m.puts[c.ID]++
	if m.onPut != nil {
		m.onPut(len(m.docs))
	}
	return nil
}

// withService runs a test against a service in memory, in a bubble where time passes only when everybody waits.
func withService(t *testing.T, crashes func() []crashstatstest.Crash, opts crashstatstest.Options, test func(t *testing.T, srv *crashstatstest.Server, cfg Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		opts.InMemory = true
		var made []crashstatstest.Crash
		if crashes != nil {
			made = crashes()
		}
		srv := crashstatstest.New(made, opts)
		transport := srv.Transport()
		// Cleanups run last to first, and all of them before the bubble ends.
		t.Cleanup(synctest.Wait)
		t.Cleanup(srv.Close)
		t.Cleanup(transport.CloseIdleConnections)
		test(t, srv, Config{Host: srv.URL(), Transport: transport, Version: "test"})
	})
}

func generated(c crashstatstest.Corpus) func() []crashstatstest.Crash {
	return func() []crashstatstest.Crash { return crashstatstest.Generate(c) }
}

func mustNew(t testing.TB, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func mustSurvey(t testing.TB, ids []string, store *memory, opts PullOptions) *Work {
	t.Helper()
	w, err := Survey(t.Context(), ids, store.have, opts)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func idsOf(crashes []crashstatstest.Crash) []string {
	ids := make([]string, 0, len(crashes))
	for _, c := range crashes {
		ids = append(ids, c.ID)
	}
	return ids
}

// lastWeeks is everything that Generate makes by default.
func lastWeeks(t testing.TB) Query {
	t.Helper()
	q, err := Filters{Dates: []string{"thismonth"}}.Query(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func sameIDs(t testing.TB, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("got %d ids, %d of them different ones; want %d", len(got), len(slices.Compact(got)), len(want))
	}
}
