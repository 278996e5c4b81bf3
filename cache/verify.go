package cache

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/sigdiff/sigdiff/cache/boltfile"
	"github.com/sigdiff/sigdiff/crashid"
)

// Damage is one thing in a cache that is not what was once written.
type Damage struct {
	Kind Kind   // of the blob, 0 if it is none
	ID   string // the crash id; empty if it can't be told, or if it is no blob
	What string // what it is, for people
	Why  string

	lo, hi []byte // the range of keys that a lost page held
}

// String is the damage in a line.
func (d Damage) String() string { return d.What + ": " + d.Why }

// Report is what Verify found.
type Report struct {
	Checked int64 // values
	Damaged []Damage
	Pending bool // see Cache.Pending
}

// Progress is told how many of how many bytes are done.
type Progress func(done, total int64)

// Verify reads the whole cache at path and checks every value and the file's structure. Of the options
// ReadOnly, Existing and Context are its own. It copes with files that Open refuses as damaged. Damage is in the report; an error
// means that the file could not be checked (ErrNoCache, ErrNotCache, ErrInUse, ErrNewerFormat, ErrOlderFormat,
// ctx's, or the system's).
func Verify(ctx context.Context, path string, o Options, progress Progress) (Report, error) {
	o.ReadOnly, o.Context = true, ctx
	f, found, release, err := openAnyhow(path, o)
	if err != nil {
		return Report{}, err
	}
	defer release()
	s := survey{ctx: ctx, progress: progress, value: func(bucket, []byte, []byte) error { return nil }}
	pages, err := statPages(f)
	if err == nil {
		if pages.MetaDamaged {
			s.bad(Damage{What: "one of the two meta pages", Why: "not what was written, so that what was checked may be the state before the last write"})
		}
		err = s.run(pages)
	}
	r := Report{s.checked, s.damaged, s.pending}
	if ctx.Err() != nil {
		return r, context.Cause(ctx)
	}
	if err != nil {
		found = err
	}
	if found != nil && len(r.Damaged) == 0 {
		r.Damaged = append(r.Damaged, Damage{What: "the file", Why: reason(found)})
	}
	return r, nil
}

// reason is an error without the words of ErrDamaged before it, for where these are said already.
func reason(err error) string { return strings.ReplaceAll(err.Error(), ErrDamaged.Error()+": ", "") }

// survey visits every value of a file by way of its trees, and tells apart the
// sound ones from the others.
type survey struct {
	ctx      context.Context
	progress Progress
	value    func(b bucket, key, v []byte) error // sound ones; valid during the call

	damaged []Damage
	pages   *boltfile.File
	seen    boltfile.Bitmap
	checked int64
	pending bool
	found   totals
	stated  totals // what the file says there is, nil if that can't be read
	bytes   int64
}

// run visits all buckets. An error is value's, ctx's, or says that not even the
// list of buckets could be read.
func (s *survey) run(pages *boltfile.File) error {
	s.pages, s.seen, s.found = pages, boltfile.NewBitmap(pages.Pages), totals{}
	if err := pages.Whole(); err != nil {
		s.bad(Damage{What: "the file", Why: err.Error()})
	}
	roots, err := pages.BucketRoots(s.seen, func(_, _ []byte, err error) error {
		s.bad(Damage{What: "the list of buckets", Why: err.Error()})
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if len(roots) == 0 && pages.Begun() {
		return nil // whoever made the file was stopped before the first write
	}
	for _, b := range buckets {
		root, ok := roots[b.name]
		if !ok {
			s.bad(Damage{What: "bucket " + b.name, Why: "is gone", Kind: b.kind})
			continue
		}
		if err := s.visit(b, root); err != nil {
			return err
		}
	}
	s.compareTotals()
	if err := pages.CheckFree(s.seen); err != nil {
		s.bad(Damage{What: "list of free pages", Why: err.Error()})
	}
	return nil
}

func (s *survey) bad(d Damage) { s.damaged = append(s.damaged, d) }

// visit visits one bucket.
func (s *survey) visit(b bucket, root boltfile.BucketRoot) error {
	if root.Page == 0 {
		p, err := boltfile.Inline(root.Value)
		if err != nil {
			s.bad(Damage{What: "bucket " + b.name, Why: err.Error(), Kind: b.kind})
			return nil
		}
		if err := p.CheckCount(); err != nil {
			s.bad(Damage{What: "a part of bucket " + b.name, Why: err.Error(), Kind: b.kind})
		}
		return s.leaf(b, p, nil, nil)
	}
	w := boltfile.Walker{File: s.pages, Seen: s.seen}
	w.Leaf = func(p boltfile.Page, lo, hi []byte) error { return s.leaf(b, p, lo, hi) }
	part := func(lo, hi []byte, err error) error {
		s.bad(Damage{What: "a part of bucket " + b.name, Why: err.Error(), Kind: b.kind, lo: bytes.Clone(lo), hi: bytes.Clone(hi)})
		return nil
	}
	w.Odd, w.Bad = part, part
	return w.Walk(root.Page)
}

// leaf visits the values of one page.
func (s *survey) leaf(b bucket, p boltfile.Page, lo, hi []byte) error {
	if err := s.ctx.Err(); err != nil {
		return err
	}
	var last []byte
	for i := range p.Count {
		key, v, isBucket, err := p.Leaf(i)
		if err != nil {
			s.bad(Damage{What: "a value of bucket " + b.name, Why: err.Error(), Kind: b.kind, lo: bytes.Clone(lo), hi: bytes.Clone(hi)})
			continue
		}
		s.checked++
		// A search goes by the ranges of the pages above. So a value outside of its page's range is never
		// found, though a walk gets to it.
		out := bytes.Compare(key, lo) < 0 || hi != nil && bytes.Compare(key, hi) >= 0 || bytes.Compare(key, last) <= 0
		last = key
		_, why := b.check(key, v)
		switch {
		case why == nil && out:
			s.bad(damage(b, key, "is out of order, and can't be found"))
		case why == nil && isBucket:
			s.bad(damage(b, key, "is marked as something else"))
		case why != nil:
			d := damage(b, key, why.Error())
			d.lo, d.hi = bytes.Clone(lo), bytes.Clone(hi) // it may be the key that changed
			s.bad(d)
			continue
		}
		if err := s.one(b, key, v); err != nil {
			return err
		}
	}
	s.bytes += int64(p.Overflow+1) * int64(s.pages.PageSize)
	// Pages are counted, not values: their bytes add up to the file's size, which is known.
	if s.progress != nil {
		s.progress(min(s.bytes, s.pages.Size), s.pages.Size)
	}
	return nil
}

// one takes a sound value.
func (s *survey) one(b bucket, key, v []byte) error {
	s.found.change(b, key, v, 1)
	if b.tag == metaBucket.tag && string(key) == metaTotals {
		s.readStated(v)
	}
	s.pending = s.pending || b.tag == metaBucket.tag && string(key) == metaPending
	return s.value(b, key, v)
}

func (s *survey) readStated(v []byte) {
	content, _, err := metaBucket.open([]byte(metaTotals), v, nil)
	if err == nil {
		s.stated, err = parseTotals(content)
	}
	if err != nil {
		s.bad(damage(metaBucket, []byte(metaTotals), err.Error()))
	}
}

// compareTotals finds values that are gone without a trace.
func (s *survey) compareTotals() {
	if s.stated == nil {
		return
	}
	for _, b := range buckets {
		if have, want := s.found[b.tag].Count, s.stated[b.tag].Count; b.counted() && have != want {
			s.bad(Damage{What: "bucket " + b.name, Why: fmt.Sprintf("%d of %d values are readable", have, want), Kind: b.kind})
		}
	}
}

// damage describes what is wrong with the value of a key.
func damage(b bucket, k []byte, why string) Damage {
	d := Damage{Kind: b.kind, Why: why}
	kk, ok := keyFrom(k)
	switch {
	case b.kind != 0 && ok && crashid.Valid(kk.String()):
		d.ID = kk.String()
		d.What = fmt.Sprintf("%s blob of crash %s", b.kind, d.ID)
	case b.tag == missingBucket.tag && len(k) == len(crashid.Key{})+1:
		d.What = fmt.Sprintf("mark that the %s blob of crash %s is missing", Kind(k[0]), crashid.Key(k[1:]).String())
	case b.tag == blockBucket.tag:
		d.What = "a block of crash records, which are also there one by one"
	default:
		d.What = fmt.Sprintf("%s %.80q", strings.TrimSuffix(b.name, "-ids"), string(k))
	}
	return d
}
