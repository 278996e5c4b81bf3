package corpora

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/cache"
)

// conflicts refuses to change what the cache has, unless told to.
func (t *corpusImport) conflicts() error {
	t.done.Name = cmp.Or(t.options.Name, t.head.Name)
	if t.options.Replace {
		return nil
	}
	// A record decides what signature a crash gets, so that another one changes every result with that crash.
	if t.done.Replaced > 0 {
		return fmt.Errorf("%w: %d of its crashes", ErrConflict, t.done.Replaced)
	}
	there, err := t.cache.Corpus(t.done.Name)
	switch {
	case errors.Is(err, cache.ErrNoCorpus):
		return nil
	case err != nil:
		return err
	case t.options.Add:
		return nil
	case !t.sameCrashes(there):
		return fmt.Errorf("%w: corpus %q has other crashes; --add adds the file's to them, --name gives these another name", ErrConflict, t.done.Name)
	}
	accepted, err := t.cache.Accepted(t.done.Name)
	if err == nil && t.accepted != nil && !bytes.Equal(accepted, t.accepted) {
		return fmt.Errorf("%w: accepted results of corpus %q", ErrConflict, t.done.Name)
	}
	if errors.Is(err, cache.ErrNotFound) {
		return nil
	}
	return err
}

// store reads the file again and stores it. What was checked and what is stored are the same: the
// checksums are compared before the corpus is put.
func (t *corpusImport) store() error {
	// A processed crash would give the record that it belongs to, not the file's.
	if _, err := t.cache.Delete(t.ctx, t.others, cache.Processed); err != nil {
		return err
	}
	// Asked after the deletion, so that the file's documents take the place of those that went.
	kinds, err := t.cache.Has(t.ctx, t.ids)
	if err != nil {
		return err
	}
	w := t.cache.Writer(t.ctx)
	s := &storer{t, w, kinds}
	r, err := t.read(s.item)
	if err := cmp.Or(w.Close(), err); err != nil {
		return fmt.Errorf("storing (the corpus is not there, some of its crashes may be): %w", err)
	}
	if !bytes.Equal(r.hash.Sum(nil), t.sum) {
		return damagedExport("it changed while it was read")
	}
	return t.put()
}

// put keeps the corpus. It comes last, so that one that is there is whole.
func (t *corpusImport) put() error {
	corpus := cache.Corpus{Name: t.done.Name, IDs: t.ids, Provenance: t.head.Provenance}
	there, err := t.cache.Corpus(t.done.Name)
	switch {
	// The crashes of both, so that the file's accepted results would be those of a part.
	case err == nil && t.options.Add:
		t.done.Accepted = false
		return t.cache.PutCorpus(Joined(there, corpus))
	case t.sameCrashes(there):
		corpus.Created = there.Created
		if t.accepted == nil { // what was accepted for the same crashes stays
			return t.cache.PutCorpus(corpus)
		}
	}
	return t.cache.ReplaceCorpus(corpus, t.accepted)
}

func (t *corpusImport) sameCrashes(there cache.Corpus) bool {
	return slices.Equal(there.IDs, slices.Sorted(slices.Values(t.ids)))
}

// storer stores the items of a file that has been checked.
type storer struct {
	*corpusImport
	writer *cache.Writer
	has    []cache.Presence
}

func (s *storer) item(item archiveItem) error {
	if item.tag == tagAccepted {
		return nil
	}
	id := item.key.String()
	if item.at >= len(s.ids) || s.ids[item.at] != id {
		return damagedExport("it changed while it was read")
	}
	switch item.tag {
	case tagCrash:
		if s.known[item.at] {
			return nil
		}
		return s.put(cache.Entry{ID: id, Record: item.data})
	case tagNone:
		// What this machine knows itself is newer than what the file says.
		if has := s.has[item.at]; has.Stored != 0 || has.Missing.Has(cache.Processed) {
			return nil
		}
		return s.writer.MarkMissing(s.ctx, id, cache.Processed, time.Now())
	case tagProcessed, tagRaw:
		return s.document(item.tag == tagRaw, id, item)
	}
	return nil
}

// document stores the public part of a document, unless the cache has one of that kind already.
func (s *storer) document(raw bool, id string, item archiveItem) (err error) {
	kind, doc := cache.Processed, item.data
	if raw {
		kind = cache.Raw
	}
	if s.has[item.at].Stored.Has(kind) && !s.options.Replace {
		return nil
	}
	// The file may come from somebody who may see more than those who read this cache.
	if s.options.Public != nil {
		if doc, err = s.options.Public(doc, raw); err != nil {
			return damagedExport("a document of crash %s: %v", id, err)
		}
	}
	if raw {
		return s.put(cache.Entry{ID: id, Raw: doc})
	}
	return s.put(cache.Entry{ID: id, Processed: doc})
}

func (s *storer) put(e cache.Entry) error {
	// A writer ends with its context, and what it was given last would be missing without an error.
	if err := s.writer.Put(s.ctx, e); err != nil {
		return err
	}
	return context.Cause(s.ctx)
}
