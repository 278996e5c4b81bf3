package serve

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
)

func healthy(http.ResponseWriter, *http.Request) (any, error) {
	return map[string]string{"status": "ok"}, nil
}

func nothingHere(_ http.ResponseWriter, r *http.Request) (any, error) {
	return nil, problemf(http.StatusNotFound, "No service called %.100q", r.URL.EscapedPath())
}

// crashSignature is the endpoint of Crash Stats: {"jobs": [crash data, ...]} gives {"results": [...]}.
func (s *Server) crashSignature(w http.ResponseWriter, r *http.Request) (any, error) {
	v, err := s.asked(r.URL, "")
	if err != nil {
		return nil, err
	}
	body := newBodyReader(http.MaxBytesReader(w, r.Body, int64(s.Limits.Body)), s.Limits.Crash)
	results, err := s.sign(r.Context(), v, s.Limits.Answer, func(add func([]byte) error) error {
		return body.members(func(name string) error {
			if name != "jobs" {
				_, err := body.value()
				return err
			}
			return body.list(name, s.Limits.Jobs, add)
		})
	})
	switch {
	case err != nil:
		return nil, err
	// As the service answers, also where there is no such member.
	case len(results) == 0:
		return nil, problemf(http.StatusBadRequest, "no jobs specified")
	}
	made(w, v)
	return map[string]any{"results": results}, nil
}

// made says which siglists an answer was made with: they may move while the server runs.
func made(w http.ResponseWriter, v *version) {
	w.Header().Set("Sigdiff-Digest", v.digest)
	if v.Revision != "" {
		w.Header().Set("Sigdiff-Revision", v.Revision)
	}
}

// asked finds the siglists that a request is for: those of ?siglists=, or else the ones it names otherwise. A parameter
// that isn't known is refused: it was meant to have an effect.
func (s *Server) asked(address *url.URL, otherwise string) (*version, error) {
	query, err := url.ParseQuery(address.RawQuery)
	if err != nil {
		return nil, problemf(http.StatusBadRequest, "the address can't be read: %v", err)
	}
	for name, values := range query {
		if name != "siglists" || len(values) > 1 {
			return nil, problemf(http.StatusBadRequest, "the address may have one siglists=SPEC, and no %.100q", name)
		}
	}
	// Only what the server was started with: a SPEC may be a path or a program, and requests are anybody's.
	v, err := s.Lists.find(cmp.Or(query.Get("siglists"), otherwise))
	if err != nil {
		return nil, problemf(http.StatusBadRequest, "%v", err)
	}
	return v, nil
}

// sign makes the signatures of the crashes that each adds, in that order, for an answer of so many bytes at most.
func (s *Server) sign(ctx context.Context, v *version, answer int64, each func(add func([]byte) error) error) ([]*result, error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	b := newBatch(ctx, v, s.slots, answer)
	if err := each(b.add); err != nil {
		end()
		// Its context has ended, so that this takes no longer than the match that is under way.
		_, _ = b.wait() // what is under way is of no use to anybody
		return nil, err
	}
	results, err := b.wait()
	if err == nil {
		s.metrics.count(v, results)
	}
	return results, err
}
