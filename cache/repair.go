package cache

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/sigdiff/sigdiff/cache/boltfile"
	"github.com/sigdiff/sigdiff/crashid"
)

// Repaired is what Repair did.
type Repaired struct {
	Report

	// Saved is how many blobs of each kind are in the new file.
	Saved map[Kind]int64

	// Lost are blobs that the new file doesn't have, as far as can be told: those
	// whose value is damaged, and, where a part of the file can't be read at all,
	// the crashes that would lie there and of which another blob, or a place in a
	// corpus, is left. They are what to fetch again.
	Lost []LostBlob

	// Old is where the damaged file was kept; empty if nothing was damaged, and so
	// nothing was done.
	Old string
}

// LostBlob is a blob that could not be saved.
type LostBlob struct {
	ID   string
	Kind Kind
}

// Repair saves everything readable of the cache at path in a new file, puts it in
// the old one's place, and keeps the old one beside it as NAME.damaged. It copes
// with files that Open refuses as damaged, and holds the file's lock while it works. If
// nothing is damaged nothing is done; where there is no file it is ErrNoCache. Of the options ReadOnly, Existing and
// Context are its own.
func Repair(ctx context.Context, path string, o Options, progress Progress) (Repaired, error) {
	o.ReadOnly, o.Context = false, ctx
	f, _, release, err := openAnyhow(path, o)
	if err != nil {
		return Repaired{}, err
	}
	defer release()
	r, err := startRewrite(ctx, path, f)
	if err != nil {
		return Repaired{}, err
	}
	s := salvage{rewrite: r}
	out, err := s.run(ctx, f, progress)
	if err != nil || len(out.Damaged) == 0 {
		return out, errors.Join(err, r.abandon())
	}
	if out.Old, err = r.finish(r.path + ".damaged"); err != nil {
		return Repaired{}, fmt.Errorf("repairing cache %s: %w", path, err)
	}
	return out, nil
}

// openAnyhow opens a file, locked, as a cache if it still can be one, and otherwise says how it is damaged. One that isn't
// there is not made: ErrNoCache.
func openAnyhow(path string, o Options) (f *os.File, damaged error, release func(), err error) {
	o.Existing = true
	for {
		c, damaged := Open(path, o)
		if damaged == nil {
			return c.file, nil, func() { _ = c.closeBolt() }, nil
		}
		if !errors.Is(damaged, ErrDamaged) {
			return nil, nil, nil, damaged
		}
		f, err := o.withDefaults().openLocked(path)
		if err != nil {
			return nil, nil, nil, err
		}
		if f != nil { // else another process has repaired it meanwhile
			return f, damaged, func() { _ = f.Close() }, nil
		}
	}
}

// salvage copies what is sound.
type salvage struct {
	rewrite *rewrite
	out     Repaired

	older    bool   // the trees may be those of the state before the last
	youngest uint32 // when the youngest value that they lead to was stored
}

func (s *salvage) run(ctx context.Context, f *os.File, progress Progress) (Repaired, error) {
	sv := survey{ctx: ctx, progress: progress, value: s.take}
	pages, err := s.pages(f)
	if err == nil {
		err = sv.run(pages)
	} else if pages != nil {
		sv.pages, sv.seen = pages, boltfile.NewBitmap(pages.Pages)
	}
	if err != nil && !errors.Is(err, ErrDamaged) {
		return s.out, err
	}
	if err != nil { // none of the trees was found
		for _, b := range buckets {
			sv.bad(Damage{What: "bucket " + b.name, Why: reason(err), Kind: b.kind})
		}
	}
	s.out.Checked, s.out.Damaged = sv.checked, append(s.out.Damaged, sv.damaged...)
	// What the trees lead to is in the new file before loose values are looked at, since these are held against
	// it.
	if err := s.rewrite.commit(); err != nil {
		return s.out, err
	}
	if slices.ContainsFunc(s.out.Damaged, func(d Damage) bool { return d.ID == "" }) { // not only values
		if err := s.scanPages(ctx, pages, sv.seen); err != nil {
			return s.out, err
		}
	}
	if err := s.dropListless(); err != nil {
		return s.out, err
	}
	return s.out, s.account(ctx)
}

// pages describes the file as its newest meta page does. It tells what is wrong with the meta pages.
func (s *salvage) pages(f *os.File) (*boltfile.File, error) {
	pages, err := statPages(f)
	if err == nil && !pages.MetaDamaged {
		return pages, nil
	}
	pages, certain, err := boltfile.Salvage(f, func() uint32 { return cmp.Or(recognise(f), uint32(os.Getpagesize())) })
	if errors.Is(err, boltfile.ErrUnreadable) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err != nil {
		return pages, err
	}
	why := "was not what was written; what it said could be found out"
	if s.older = !certain; s.older {
		why = "is not what was written, so that this may be the state before the last write, with what was found of that"
	}
	s.out.Damaged = append(s.out.Damaged, Damage{What: "a meta page", Why: why})
	return pages, nil
}

// take copies a value. Blocks are made anew: records that they were made of may be lost.
func (s *salvage) take(b bucket, key, v []byte) error {
	if b.tag == blockBucket.tag {
		return nil
	}
	s.youngest = max(s.youngest, binary.LittleEndian.Uint32(v[timeAt:]))
	return s.rewrite.add(b, key, v)
}

// dropListless takes out corpora of which the list of crashes is lost: nothing can be done with them, and
// they would be called damaged for ever.
func (s *salvage) dropListless() error {
	c := s.rewrite.cache
	names, err := c.names(corporaBucket)
	if err != nil {
		return err
	}
	for _, name := range names {
		// Corpora whose ids are sound, or that fail for another reason, are not touched.
		if _, err := c.Corpus(name); !errors.Is(err, ErrDamaged) {
			continue
		}
		s.out.Damaged = append(s.out.Damaged, Damage{What: fmt.Sprintf("corpus %.80q", name), Why: "its list of crashes is lost"})
		if _, err := c.apply([]op{{bucket: corporaBucket, key: []byte(name)}}, nil); err != nil {
			return err
		}
	}
	return nil
}

// place is where a value belongs: the tag of its bucket, and its key.
type place struct {
	tag byte
	key string
}

// lastWrite is how much older than the youngest value of a state, in seconds, one of the next state may be: values get
// their time before they are committed.
const lastWrite = 10

// scanPages looks through all pages that the trees didn't lead to, and that are
// not known to be free, for leaf pages with sound values. Of several for one key
// the youngest counts; what the trees led to counts before one that is not younger.
//
// Where the trees may be those of the state before the last, what that has lies on pages that are free in this one, or
// behind its last. What was deleted long before lies there too, and stays deleted.
func (s *salvage) scanPages(ctx context.Context, pages *boltfile.File, seen boltfile.Bitmap) error {
	end := pages.Pages
	if s.older {
		end = max(end, uint64(pages.Size)/uint64(pages.PageSize))
	} else if free, err := pages.FreePages(); err == nil {
		seen.SetAll(free)
	}
	whole := *pages
	whole.Pages = end
	l := loose{salvage: s, taken: map[place]uint32{}}
	if s.older {
		l.oldest = max(s.youngest, lastWrite) - lastWrite
	}
	for id := uint64(2); id < end; id++ {
		if seen.Has(id) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		if eachLoose(&whole, id, l.take); l.err != nil {
			return l.err
		}
	}
	return s.rewrite.commit()
}

// loose takes values outside of the trees.
type loose struct {
	salvage *salvage
	oldest  uint32           // what was stored before stays deleted
	taken   map[place]uint32 // when those were stored that were taken
	err     error
}

func (l *loose) take(b bucket, key, v []byte) {
	at, stored := place{b.tag, string(key)}, binary.LittleEndian.Uint32(v[timeAt:])
	if l.err != nil || stored < l.oldest {
		return
	}
	was, taken := l.taken[at]
	if !taken {
		var there bool
		if was, there, l.err = l.salvage.rewrite.stored(b, key); l.err != nil || there && stored <= was {
			return
		}
	} else if stored < was {
		return
	}
	l.taken[at] = stored
	l.err = l.salvage.take(b, key, v)
}

// eachLoose calls fn with the sound values of a page, if it is a leaf page, and of
// the small buckets in it.
func eachLoose(pages *boltfile.File, id uint64, fn func(b bucket, key, v []byte)) {
	p, err := pages.Header(id)
	if err != nil || !p.IsLeaf() {
		return
	}
	if p, err = pages.Read(id); err == nil {
		eachSound(p, false, fn)
	}
}

func eachSound(p boltfile.Page, small bool, fn func(b bucket, key, v []byte)) {
	for i := range p.Count {
		key, v, isBucket, err := p.Leaf(i)
		if err != nil {
			continue
		}
		if in, err := boltfile.Inline(v); isBucket && err == nil && !small {
			eachSound(in, true, fn)
		} else if b, ok := ownerOf(key, v); ok {
			fn(b, key, v)
		}
	}
}

// ownerOf finds the bucket that a value belongs to: the one with which its checksum is right.
func ownerOf(key, v []byte) (bucket, bool) {
	for _, b := range buckets {
		if _, err := b.check(key, v); err == nil {
			return b, true
		}
	}
	return bucket{}, false
}

// account finds out what was saved and what was lost.
func (s *salvage) account(ctx context.Context) error {
	c := s.rewrite.cache
	stats, err := c.Stats()
	if err != nil {
		return err
	}
	s.out.Saved = map[Kind]int64{}
	for _, k := range kinds {
		s.out.Saved[k] = stats.Blobs[k].Count
	}
	known, err := c.knownIDs(ctx)
	if err != nil {
		return err
	}
	lost := map[LostBlob]bool{}
	for _, d := range s.out.Damaged {
		if d.ID != "" {
			lost[LostBlob{d.ID, d.Kind}] = true
		}
		d.candidates(known, lost)
	}
	s.out.Lost, err = c.stillMissing(ctx, lost)
	return err
}

// candidates adds the crashes that a lost part may have held.
func (d Damage) candidates(known []crashid.Key, lost map[LostBlob]bool) {
	// The id is that of the key, which may be what is damaged. It is the crash's own if the crash is known from
	// elsewhere; if not, each crash that belongs on the page may be the one.
	if d.Kind == 0 || d.ID != "" && d.isKnown(known) {
		return
	}
	for _, k := range known {
		if bytes.Compare(k[:], d.lo) >= 0 && (d.hi == nil || bytes.Compare(k[:], d.hi) < 0) {
			lost[LostBlob{k.String(), d.Kind}] = true
		}
	}
}

// isKnown reports whether the id of a damaged value is one that there is elsewhere, too.
func (d Damage) isKnown(known []crashid.Key) bool {
	k, _ := crashid.Pack(d.ID)
	_, found := slices.BinarySearchFunc(known, k, crashid.Key.Compare)
	return found
}

// knownIDs returns the keys of all crashes of which there is a blob or a place in a corpus.
func (c *Cache) knownIDs(ctx context.Context) ([]crashid.Key, error) {
	var keys []crashid.Key
	for _, k := range kinds {
		more, _, err := c.keys(ctx, bucketOf(k), bounds{})
		if err != nil {
			return nil, err
		}
		keys = append(keys, more...)
	}
	// A crash may have lost all of its blobs. That somebody put it into a corpus is then the only trace of it.
	corpora, _ := c.Corpora() // those that can be read
	for _, info := range corpora {
		corpus, err := c.Corpus(info.Name)
		if err != nil {
			continue
		}
		more, err := packAll(corpus.IDs)
		if err != nil {
			return nil, err
		}
		keys = append(keys, more...)
	}
	slices.SortFunc(keys, crashid.Key.Compare)
	return slices.Compact(keys), nil
}

// stillMissing returns, sorted, those of the blobs that the cache doesn't have.
func (c *Cache) stillMissing(ctx context.Context, lost map[LostBlob]bool) ([]LostBlob, error) {
	var out []LostBlob
	for _, k := range kinds {
		var ids []string
		for l := range lost {
			if l.Kind == k {
				ids = append(ids, l.ID)
			}
		}
		slices.Sort(ids)
		has, err := c.Has(ctx, ids, k)
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			if !has[i].Stored.Has(k) {
				out = append(out, LostBlob{id, k})
			}
		}
	}
	return out, nil
}
