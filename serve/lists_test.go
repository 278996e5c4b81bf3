package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/engine/signatures"
)

// moving are siglists of one SPEC, "moving", that a test moves.
type moving struct {
	prefix, revision string
	warnings         []string
	err              error
}

func (m *moving) load(t *testing.T) func(context.Context, string) (Loaded, error) {
	return func(context.Context, string) (Loaded, error) {
		if m.err != nil {
			return Loaded{}, m.err
		}
		return Loaded{prefixSet(t, m.prefix), signatures.DefaultRules(), m.revision, m.warnings}, nil
	}
}

// TestReload: siglists are loaded again when lines or the revision moved, and what can't be loaded changes nothing.
func TestReload(t *testing.T) {
	m := &moving{prefix: "plain", revision: "1111111111111111", warnings: []string{"old code"}}
	var said []string
	lists, err := NewLists(t.Context(), m.load(t), func(text string) { said = append(said, text) }, "moving")
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{Lists: lists, Limits: DefaultLimits()})
	for _, step := range []struct {
		name            string
		change          func()
		signature       string
		revision        string
		reloads, failed int64
		said            []string
	}{
		{"at first", func() {}, "foo", "1111111111111111", 0, 0, []string{"warning: old code"}},
		{"nothing moved", func() {}, "foo", "1111111111111111", 0, 0, nil},
		{"a commit with other lines", func() { m.prefix, m.revision = "foo", "2222222222222222" }, "foo | bar", "2222222222222222", 1, 0, []string{"warning: old code", "moving: now revision 222222222222"}},
		{"it can't be loaded", func() { m.err = errors.New("broken") }, "foo | bar", "2222222222222222", 1, 1, []string{"moving: still served as before, revision 222222222222, since it can't be loaded: broken"}},
		{"a commit with the same lines", func() { m.err, m.revision, m.warnings = nil, "3333333333333333", nil }, "foo | bar", "3333333333333333", 2, 1, []string{"moving: now revision 333333333333"}},
		{"no repository", func() { m.prefix, m.revision = "plain", "" }, "foo | bar", "3333333333333333", 2, 1, nil},
		{"the same again", func() {}, "foo", "", 3, 1, []string{"moving: now digest " + prefixSet(t, "plain").Digest()}},
		{"half of a file", func() { m.prefix = "fo" }, "foo", "", 3, 1, nil},
		{"all of it", func() { m.prefix = "foo" }, "foo", "", 3, 1, nil},
		{"all of it, still", func() {}, "foo | bar", "", 4, 1, []string{"moving: now digest " + prefixSet(t, "foo").Digest()}},
	} {
		if step.change(); step.name != "at first" {
			said = nil
			lists.Reload(t.Context())
		}
		w := post(s, "/api/CrashSignature/", `{"jobs":[`+fooBar+`]}`)
		if want := fmt.Sprintf("%q,\"notes\"", step.signature); !strings.Contains(w.Body.String(), want) || w.Header().Get("Sigdiff-Revision") != step.revision {
			t.Errorf("%s: %s, revision %s", step.name, w.Body, w.Header().Get("Sigdiff-Revision"))
		}
		if lists.reloads.Load() != step.reloads || lists.failed.Load() != step.failed || !slices.Equal(said, step.said) {
			t.Errorf("%s: %d reloads, %d failed, said %q", step.name, lists.reloads.Load(), lists.failed.Load(), said)
		}
	}
}

// TestReloadLeavesRequestsAlone: a request ends with the siglists that it began with.
func TestReloadLeavesRequestsAlone(t *testing.T) {
	m := &moving{prefix: "plain"}
	lists, err := NewLists(t.Context(), m.load(t), func(string) {}, "moving")
	if err != nil {
		t.Fatal(err)
	}
	v, err := lists.find("")
	if err != nil {
		t.Fatal(err)
	}
	b := newBatch(t.Context(), v, make(chan struct{}, 1), 1000)
	m.prefix = "foo"
	for range 2 {
		if err := b.add([]byte(fooBar)); err != nil {
			t.Fatal(err)
		}
		lists.Reload(t.Context())
	}
	results, err := b.wait()
	if err != nil || len(results) != 2 || results[0].Signature != "foo" || results[1].Signature != "foo" {
		t.Errorf("%+v, %v", results, err)
	}
}

// TestWatch: each tick is a look, and the context ends it. One that has ended is no failure of the siglists.
func TestWatch(t *testing.T) {
	looks := make(chan struct{})
	ctx, end := context.WithCancel(t.Context())
	first := true
	lists, err := NewLists(ctx, func(ctx context.Context, spec string) (Loaded, error) {
		if first {
			first = false
			return loadSpecs(t)(ctx, spec)
		}
		looks <- struct{}{}
		<-ctx.Done()
		return Loaded{}, ctx.Err()
	}, func(text string) { t.Error(text) }, "plain")
	if err != nil {
		t.Fatal(err)
	}
	ticks, done := make(chan time.Time, 1), make(chan struct{})
	go func() { lists.Watch(ctx, ticks); close(done) }()
	ticks <- time.Time{}
	<-looks
	end()
	<-done
	if lists.failed.Load() != 0 {
		t.Error("it counts as failed")
	}
}

// TestNewLists: a SPEC twice is one, and what can't be loaded at the start is an error.
func TestNewLists(t *testing.T) {
	for _, test := range []struct {
		specs []string
		want  string
	}{
		{[]string{"a", "b", "a"}, "a (digest "},
		{[]string{"a", "bad"}, "no such lists"},
		{nil, "there are no siglists to serve"},
	} {
		lists, err := NewLists(t.Context(), loadSpecs(t), func(string) {}, test.specs...)
		got := fmt.Sprint(err)
		if err == nil {
			got = lists.String()
			if len(lists.specs) != 2 {
				t.Errorf("%q: %q", test.specs, lists.specs)
			}
		}
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%q: %s, want %s", test.specs, got, test.want)
		}
	}
}

// TestWorkersForget: a worker is used again, until it remembers too much.
func TestWorkersForget(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.Limits.Workers = 1 })
	v, err := s.Lists.find("")
	if err != nil {
		t.Fatal(err)
	}
	most := 0
	for i := range 40 {
		frame := fmt.Sprintf(`{"jobs":[{"threads":[{"frames":[{"function":"%d%s"}]}]}]}`, i, strings.Repeat("x", 1<<20))
		if w := post(s, "/api/CrashSignature/", frame); w.Code != http.StatusOK {
			t.Fatalf("%d %.200s", w.Code, w.Body)
		}
		if len(v.idle) > 1 {
			t.Errorf("%d workers for one slot", len(v.idle))
		}
		for _, w := range v.idle {
			if w.Remembers() > maxRemembered {
				t.Errorf("a worker remembers %d bytes", w.Remembers())
			}
			most = max(most, w.Remembers())
		}
	}
	if most < maxRemembered/2 {
		t.Errorf("no worker remembered more than %d bytes", most)
	}
}
