package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// Loaded are the siglists of a SPEC.
type Loaded struct {
	Set      *siglists.Set
	Rules    signatures.Ruleset
	Revision string // of git; empty where they are of none
	// Warnings say what signatures made with them can't speak of.
	Warnings []string
}

// Lists are the siglists that requests may name. The first are those of requests that name none.
type Lists struct {
	load  func(ctx context.Context, spec string) (Loaded, error)
	say   func(text string)
	specs []string
	now   []atomic.Pointer[version] // by spec
	seen  []string                  // by spec: the digest at the last look

	reloads atomic.Int64 // that brought other siglists
	failed  atomic.Int64 // reloads
}

// version is what a SPEC meant when it was last looked at, and who makes signatures with it.
type version struct {
	Loaded
	spec, digest string // the SPEC as metrics can name it
	gen          *signatures.Generator

	mu   sync.Mutex
	idle []*signatures.Worker
}

// NewLists loads the siglists of some SPECs. say is told what they can't speak of, and what becomes of them later.
func NewLists(ctx context.Context, load func(ctx context.Context, spec string) (Loaded, error), say func(text string), specs ...string) (*Lists, error) {
	if len(specs) == 0 {
		return nil, errors.New("there are no siglists to serve")
	}
	l := &Lists{load: load, say: say}
	for _, spec := range specs {
		if !slices.Contains(l.specs, spec) {
			l.specs = append(l.specs, spec)
		}
	}
	// A request takes the pointer once, and so has the same siglists for all of its crashes.
	l.now, l.seen = make([]atomic.Pointer[version], len(l.specs)), make([]string, len(l.specs))
	for i, spec := range l.specs {
		v, err := l.read(ctx, spec)
		if err != nil {
			return nil, err
		}
		l.put(i, v)
	}
	return l, nil
}

func (l *Lists) read(ctx context.Context, spec string) (*version, error) {
	loaded, err := l.load(ctx, spec)
	if err != nil {
		return nil, err
	}
	// Prometheus refuses all of a page in which one label is no UTF-8.
	return &version{Loaded: loaded, spec: strings.ToValidUTF8(spec, "\ufffd"), digest: loaded.Set.Digest(), gen: signatures.NewGenerator(loaded.Set, loaded.Rules)}, nil
}

func (l *Lists) put(i int, v *version) {
	for _, text := range v.Warnings {
		l.say("warning: " + text)
	}
	l.now[i].Store(v)
}

// find gives the siglists that a request names; an empty name means the first.
func (l *Lists) find(name string) (*version, error) {
	i := slices.Index(l.specs, name)
	switch {
	case name == "":
		i = 0
	case i < 0:
		return nil, fmt.Errorf("siglists %.100q are not served here; %s are", name, strings.Join(l.specs, ", "))
	}
	return l.now[i].Load(), nil
}

// Reload looks what each SPEC means now. Requests that are under way go on with the siglists that they began with. Where
// siglists can't be loaded the ones before stay. Those of no commit must be the same at two looks: a file that is being written
// can be read in part.
func (l *Lists) Reload(ctx context.Context) {
	for i, spec := range l.specs {
		before := l.now[i].Load()
		v, err := l.read(ctx, spec)
		switch {
		// The server is ending: that siglists could not be loaded then means nothing.
		case ctx.Err() != nil:
			return
		case err != nil:
			l.failed.Add(1)
			l.say(fmt.Sprintf("%s: still served as before, %s, since it can't be loaded: %v", spec, before.name(), err))
			continue
		// The same lists are not put: their workers would have to learn all frames again.
		case v.digest == before.digest && v.Revision == before.Revision:
		case v.Revision == "" && v.digest != l.seen[i]:
		default:
			l.put(i, v)
			l.reloads.Add(1)
			l.say(fmt.Sprintf("%s: now %s", spec, v.name()))
		}
		l.seen[i] = v.digest
	}
}

// Watch reloads at each tick, until the context ends.
func (l *Lists) Watch(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			l.Reload(ctx)
		}
	}
}

// String says what is served.
func (l *Lists) String() string {
	var all []string
	for i, spec := range l.specs {
		all = append(all, fmt.Sprintf("%s (%s)", spec, l.now[i].Load().name()))
	}
	return strings.Join(all, ", ")
}

// name says which siglists a version is.
func (v *version) name() string {
	if v.Revision != "" {
		return fmt.Sprintf("revision %.12s", v.Revision)
	}
	return "digest " + v.digest
}

// maxRemembered is how many bytes of frames a worker remembers. One that remembers more is not used again: frames
// may be anybody's, and without end.
const maxRemembered = 64 << 20

// take gives a worker that is idle, or a new one.
func (v *version) take() *signatures.Worker {
	v.mu.Lock()
	defer v.mu.Unlock()
	if n := len(v.idle); n > 0 {
		w := v.idle[n-1]
		v.idle = v.idle[:n-1]
		return w
	}
	return v.gen.Worker()
}

// give takes a worker back.
func (v *version) give(w *signatures.Worker) {
	if w.Remembers() > maxRemembered {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.idle = append(v.idle, w)
}
