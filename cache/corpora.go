package cache

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	bolt "go.etcd.io/bbolt"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/internal/meant"
)

// Corpus is a named, fixed list of crashes, of one at least: "0 changed" of none would look like an answer.
type Corpus struct {
	Name       string
	IDs        []string // sorted, each once
	Created    time.Time
	Provenance json.RawMessage // where the list comes from; not looked at here
}

// CorpusInfo is a corpus without its ids, and, but for the name, what the corpora bucket holds as JSON.
type CorpusInfo struct {
	Name       string          `json:"-"`
	Crashes    int             `json:"crashes"`
	Created    time.Time       `json:"created"`
	Provenance json.RawMessage `json:"provenance,omitempty"`
}

// maxName is bbolt's limit on keys, less some room.
const maxName = 1024

// PutCorpus stores a corpus in place of one of the same name. The ids may come
// in any order and more than once; they must be crash ids (ErrBadID), and need
// not be in the cache. A Created of zero means now.
func (c *Cache) PutCorpus(corpus Corpus) error {
	return c.putCorpus(corpus, func(*bolt.Tx) error { return nil })
}

// ReplaceCorpus is PutCorpus, with accepted results in place of those that there are of that name; nil for none.
func (c *Cache) ReplaceCorpus(corpus Corpus, accepted []byte) error {
	return c.putCorpus(corpus, func(tx *bolt.Tx) error {
		if accepted != nil {
			return c.put(tx, acceptedBucket, corpus.Name, accepted)
		}
		return tx.Bucket([]byte(acceptedBucket.name)).Delete([]byte(corpus.Name))
	})
}

// putCorpus also does something about what was accepted, in the same transaction.
func (c *Cache) putCorpus(corpus Corpus, accept func(*bolt.Tx) error) error {
	if err := CheckName(corpus.Name); err != nil {
		return err
	}
	keys, err := packAll(slices.Compact(slices.Sorted(slices.Values(corpus.IDs))))
	if err != nil {
		return fmt.Errorf("corpus %q: %w", corpus.Name, err)
	}
	if len(keys) == 0 {
		return fmt.Errorf("corpus %q would have no crash", corpus.Name)
	}
	if corpus.Created.IsZero() {
		corpus.Created = c.now()
	}
	info, err := json.Marshal(CorpusInfo{Crashes: len(keys), Created: corpus.Created, Provenance: corpus.Provenance})
	if err != nil {
		return fmt.Errorf("corpus %q: %w", corpus.Name, err)
	}
	return c.update(func(tx *bolt.Tx) error {
		if err := accept(tx); err != nil {
			return fmt.Errorf("corpus %q: %w", corpus.Name, err)
		}
		if err := c.put(tx, corpusIDsBucket, corpus.Name, joinKeys(keys)); err != nil {
			return err
		}
		return c.put(tx, corporaBucket, corpus.Name, info)
	})
}

// CheckName refuses names of corpora that could not be kept or shown.
func CheckName(name string) error {
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return fmt.Errorf("%.80q is no name for a corpus (1 to %d bytes, no control characters)", name, maxName)
	}
	return nil
}

func joinKeys(keys []crashid.Key) []byte {
	out := make([]byte, 0, len(keys)*len(crashid.Key{}))
	for _, k := range keys {
		out = append(out, k[:]...)
	}
	return out
}

func splitKeys(b []byte) ([]crashid.Key, error) {
	if len(b) == 0 || len(b)%len(crashid.Key{}) != 0 {
		return nil, fmt.Errorf("%w: %d bytes are no list of crash keys", ErrDamaged, len(b))
	}
	keys := make([]crashid.Key, 0, len(b)/len(crashid.Key{}))
	for k := range slices.Chunk(b, len(crashid.Key{})) {
		keys = append(keys, crashid.Key(k))
	}
	return keys, nil
}

// Corpus returns the corpus of that name. Without one the error is ErrNoCorpus and
// names those there are, similar names first.
func (c *Cache) Corpus(name string) (Corpus, error) {
	var info CorpusInfo
	var packed []byte
	err := c.view(func(tx *bolt.Tx) (err error) {
		if info, err = c.corpusInfo(tx, name); err != nil {
			return err
		}
		if packed, _, err = c.get(tx, corpusIDsBucket, name); errors.Is(err, ErrNotFound) {
			return fmt.Errorf("%w: its ids are gone", ErrDamaged)
		}
		return err
	})
	var keys []crashid.Key
	if err == nil {
		keys, err = splitKeys(packed)
	}
	if errors.Is(err, ErrNotFound) {
		err = c.noCorpus(name)
	}
	if err != nil {
		return Corpus{}, fmt.Errorf("corpus %q in cache %s: %w", name, c.path, err)
	}
	return Corpus{Name: name, IDs: idStrings(keys), Created: info.Created, Provenance: info.Provenance}, nil
}

func (c *Cache) corpusInfo(tx *bolt.Tx, name string) (CorpusInfo, error) {
	v, _, err := c.get(tx, corporaBucket, name)
	if err != nil {
		return CorpusInfo{}, err
	}
	info := CorpusInfo{Name: name}
	if err := json.Unmarshal(v, &info); err != nil {
		return CorpusInfo{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return info, nil
}

// noCorpus says which corpora there are.
func (c *Cache) noCorpus(name string) error {
	names, err := c.names(corporaBucket)
	if err != nil || len(names) == 0 {
		return fmt.Errorf("%w; there are none yet ('sigdiff fetch --corpus' or 'sigdiff import --corpus' makes one)", ErrNoCorpus)
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(meant.Distance(name, a), meant.Distance(name, b)) })
	const most = 10
	more := ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return fmt.Errorf("%w; there is %s%s", ErrNoCorpus, strings.Join(names, ", "), more)
}

// names returns the names in a bucket whose keys are those of corpora.
func (c *Cache) names(b bucket) ([]string, error) {
	var names []string
	err := c.scan(context.Background(), b, bounds{}, func(k, _ []byte) error {
		names = append(names, string(k))
		return nil
	})
	return names, err
}

// Corpora returns every corpus without its ids, sorted by name. Those that can't
// be read are left out and named in the error, beside the others.
func (c *Cache) Corpora() ([]CorpusInfo, error) {
	names, err := c.names(corporaBucket)
	if err != nil {
		return nil, fmt.Errorf("listing corpora of cache %s: %w", c.path, err)
	}
	var all []CorpusInfo
	var errs []error
	for _, name := range names {
		err := c.view(func(tx *bolt.Tx) error {
			info, err := c.corpusInfo(tx, name)
			if err == nil {
				all = append(all, info)
			}
			return err
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("corpus %q in cache %s: %w", name, c.path, err))
		}
	}
	return all, errors.Join(errs...)
}

// DeleteCorpus removes a corpus and its accepted results. The crashes stay.
func (c *Cache) DeleteCorpus(name string) error {
	missing := false
	err := c.update(func(tx *bolt.Tx) error {
		if missing = tx.Bucket([]byte(corporaBucket.name)).Get([]byte(name)) == nil; missing {
			return nil
		}
		for _, b := range []bucket{corporaBucket, corpusIDsBucket, acceptedBucket} {
			if err := tx.Bucket([]byte(b.name)).Delete([]byte(name)); err != nil {
				return fmt.Errorf("deleting corpus %q: %w", name, err)
			}
		}
		return c.noteDeleted(tx, name)
	})
	if err == nil && missing {
		return fmt.Errorf("corpus %q in cache %s: %w", name, c.path, c.noCorpus(name))
	}
	return err
}

// PutAccepted keeps the results that were accepted for a corpus, in place of older ones.
func (c *Cache) PutAccepted(corpus string, data []byte) error {
	if err := CheckName(corpus); err != nil {
		return err
	}
	return c.update(func(tx *bolt.Tx) error { return c.put(tx, acceptedBucket, corpus, data) })
}

// Accepted returns what PutAccepted keeps for a corpus; ErrNotFound if nothing was accepted yet.
func (c *Cache) Accepted(corpus string) (data []byte, err error) {
	err = c.view(func(tx *bolt.Tx) error {
		data, _, err = c.get(tx, acceptedBucket, corpus)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		err = fmt.Errorf("%w: nothing was accepted yet ('sigdiff accept' does)", ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("accepted results of corpus %q in cache %s: %w", corpus, c.path, err)
	}
	return data, nil
}
