package gitlists

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Lists reads the siglists of a commit, named by its full hash. In a partial clone this may fetch them.
func (r *Repo) Lists(ctx context.Context, hash string) (*Lists, error) {
	all, err := r.ListsOf(ctx, hash, []string{hash})
	if err == nil && all[0] == nil {
		_, err = r.elsewhere(ctx, hash) // which says where they were looked for
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// elsewhere is the one folder that has all of the lists, of a commit without siglists at the known paths.
func (r *Repo) elsewhere(ctx context.Context, hash string) (string, error) {
	none := r.noLists(hash)
	if !r.moved {
		return "", none
	}
	folders, err := r.listFolders(ctx, hash)
	switch {
	case err != nil:
		return "", err
	case len(folders) == 0:
		return "", none
	case len(folders) > 1:
		return "", fmt.Errorf("%w: they are in several other folders, such as %s and %s", none, folders[0], folders[1])
	}
	return folders[0], nil
}

// pathsOf are the paths where the siglists of a commit and its history are looked for.
func (r *Repo) pathsOf(ctx context.Context, hash string) ([]string, error) {
	if found, err := r.trees(ctx, []string{hash}, r.paths); err != nil || found[0] != nil {
		return r.paths, err
	}
	folder, err := r.elsewhere(ctx, hash)
	if errors.Is(err, ErrNoLists) { // what is gone has a history all the same
		return r.paths, nil
	}
	return append(slices.Clone(r.paths), folder), err
}

// ListsOf reads the siglists of many commits of the history of one, to, all named by their full hashes, with a few runs of git
// however many there are. Files are read by the hashes of their contents alone, so that no attributes
// and filters come between. The result has the order of the hashes, and nil for a commit without siglists.
// Files that are the same in several commits are held once.
func (r *Repo) ListsOf(ctx context.Context, to string, hashes []string) ([]*Lists, error) {
	paths, err := r.pathsOf(ctx, to)
	if err != nil {
		return nil, err
	}
	found, err := r.trees(ctx, hashes, paths)
	if err != nil {
		return nil, err
	}
	wanted, roots := map[string]string{}, []string{} // the lists, each once, by their hashes; and their folders
	for _, t := range found {
		if t == nil {
			continue
		}
		roots = append(roots, t.hash)
		for _, hash := range t.lists {
			wanted[hash] = hash
		}
	}
	// Before anything is read: cat-file would fetch a missing object by itself, and each on its own.
	if err := r.fetchMissing(ctx, roots, wanted); err != nil {
		return nil, err
	}
	read, err := r.contents(ctx, wanted)
	if err != nil {
		return nil, fmt.Errorf("reading siglists: %w", err)
	}
	all := make([]*Lists, len(found))
	for i, t := range found {
		if t == nil {
			continue
		}
		all[i] = &Lists{Path: t.path, HasTrimDLL: t.hasTrimDLL, files: map[string][]byte{}}
		for name, hash := range t.lists {
			all[i].files[name] = read[hash]
		}
	}
	return all, nil
}

// contents reads the contents of files, of which the hashes are given by their names, or by themselves. A file without a hash,
// such as one that is not regular, has none.
func (r *Repo) contents(ctx context.Context, hashes map[string]string) (map[string][]byte, error) {
	var names, requests []string
	for _, name := range slices.Sorted(maps.Keys(hashes)) {
		if hash := hashes[name]; hash != "" {
			names, requests = append(names, name), append(requests, hash)
		}
	}
	contents := map[string][]byte{}
	err := r.objects(ctx, requests, func(i int, o object, ok bool) error {
		if !ok || o.kind != "blob" {
			what := "object " + requests[i]
			if names[i] != requests[i] {
				what = names[i] + ", " + what + ","
			}
			return fmt.Errorf("%s is missing from %s; %s", what, r.dir, damaged(r.dir))
		}
		contents[names[i]] = o.content
		return nil
	})
	return contents, err
}
