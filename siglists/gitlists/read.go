package gitlists

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// Lists reads the siglists of a commit, named by its full hash, with git archive. In a partial clone
// this may fetch them.
func (r *Repo) Lists(ctx context.Context, hash string) (*Lists, error) {
	found, err := r.trees(ctx, []string{hash})
	if err != nil {
		return nil, err
	}
	t := found[0]
	if t == nil {
		return nil, r.noLists(hash)
	}
	if err := r.fetchMissing(ctx, found); err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(t.lists))
	lists := &Lists{Path: t.path, HasTrimDLL: t.hasTrimDLL}
	c := r.call(append([]string{"archive", "--format=tar", t.hash}, names...)...)
	err = c.stream(ctx, func(out io.Reader) error {
		lists.files, err = readTar(out, names)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the siglists of commit %.12s: %w", hash, err)
	}
	return lists, nil
}

// readTar reads the named files out of an archive, and refuses one with anything else in it.
func readTar(in io.Reader, names []string) (files, error) {
	read := files{}
	archive := tar.NewReader(in)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, &truncated{fmt.Errorf("reading the archive: %w", err)}
		}
		if header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if err := checkEntry(header, names, read); err != nil {
			return nil, err
		}
		content, err := io.ReadAll(io.LimitReader(archive, maxListBytes))
		if err != nil {
			return nil, &truncated{fmt.Errorf("reading the archive: %s: %w", header.Name, err)}
		}
		read[header.Name] = content
	}
	if len(read) != len(names) {
		return nil, fmt.Errorf("reading the archive: %d files instead of %d", len(read), len(names))
	}
	return read, nil
}

func checkEntry(header *tar.Header, names []string, read files) error {
	_, twice := read[header.Name]
	switch {
	case !slices.Contains(names, header.Name):
		return fmt.Errorf("reading the archive: %q was not asked for", header.Name)
	case header.Typeflag != tar.TypeReg:
		return fmt.Errorf("reading the archive: %s is not a regular file", header.Name)
	case twice:
		return fmt.Errorf("reading the archive: %s is there twice", header.Name)
	case header.Size > maxListBytes:
		return fmt.Errorf("reading the archive: %s: %w: %d bytes", header.Name, errTooLarge, header.Size)
	}
	return nil
}

// ListsOf reads the siglists of many commits, named by their full hashes, with a few runs of git
// however many there are. The result has the order of the hashes, and nil for a commit without siglists.
// Files that are the same in several commits are held once.
func (r *Repo) ListsOf(ctx context.Context, hashes []string) ([]*Lists, error) {
	found, err := r.trees(ctx, hashes)
	if err != nil {
		return nil, err
	}
	if err := r.fetchMissing(ctx, found); err != nil {
		return nil, err
	}
	blobs, err := r.blobs(ctx, found)
	if err != nil {
		return nil, fmt.Errorf("reading the siglists of %d commits: %w", len(hashes), err)
	}
	all := make([]*Lists, len(found))
	for i, t := range found {
		if t == nil {
			continue
		}
		all[i] = &Lists{Path: t.path, HasTrimDLL: t.hasTrimDLL, files: files{}}
		for name, hash := range t.lists {
			all[i].files[name] = blobs[hash]
		}
	}
	return all, nil
}

// blobs reads every file of the folders, by hash.
func (r *Repo) blobs(ctx context.Context, found []*tree) (map[string][]byte, error) {
	contents := map[string][]byte{}
	for _, t := range found {
		if t != nil {
			for _, hash := range t.lists {
				contents[hash] = nil
			}
		}
	}
	if len(contents) == 0 {
		return contents, nil
	}
	hashes := slices.Sorted(maps.Keys(contents))
	err := r.objects(ctx, hashes, func(i int, o object, ok bool) error {
		if !ok || o.kind != "blob" {
			return fmt.Errorf("object %s is missing from %s; the clone is damaged", hashes[i], r.dir)
		}
		contents[hashes[i]] = o.content
		return nil
	})
	return contents, err
}
