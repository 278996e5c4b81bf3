package gitlists

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// tree is the folder of siglists at one commit.
type tree struct {
	hash, path string
	lists      map[string]string // hashes of the lists by file name; empty for what is no regular file
	hasTrimDLL bool
}

// trees finds the folder of siglists at each commit, named by its full hash; it is nil where there is none. Of several paths
// the first counts that holds lists.
func (r *Repo) trees(ctx context.Context, hashes, paths []string) ([]*tree, error) {
	var requests []string
	for _, hash := range hashes {
		if err := checkHashes(hash); err != nil {
			return nil, err
		}
		for _, p := range paths {
			requests = append(requests, hash+":"+p)
		}
	}
	found := make([]*tree, len(hashes))
	err := r.objects(ctx, requests, func(i int, o object, ok bool) error {
		at := i / len(paths)
		// Each commit was asked for at all paths, of which the first that has lists counts.
		if !ok || o.kind != "tree" || found[at] != nil {
			return nil
		}
		t, err := parseTree(o)
		if err != nil {
			return fmt.Errorf("%s: %w", requests[i], err)
		}
		if len(t.lists) > 0 {
			t.path = paths[i%len(paths)]
			found[at] = t
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for siglists in %s: %w", r.dir, err)
	}
	for i, hash := range hashes {
		if found[i] == nil {
			if err := r.checkFolders(ctx, hash, paths); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// checkFolders tells that the folders on the way to siglists of a commit can be read, as far as they are there. Of one that can't
// be read, cat-file says that what is in it is missing, as of what was never there.
func (r *Repo) checkFolders(ctx context.Context, hash string, paths []string) error {
	args := []string{"ls-tree", hash, "--"}
	for _, p := range paths {
		if p != "" {
			args = append(args, p+"/")
		}
	}
	if _, err := r.fetching(args...).output(ctx); err != nil {
		return fmt.Errorf("looking for siglists in commit %.12s of %s: %w", hash, r.dir, err)
	}
	return nil
}

// parseTree reads which siglists are in a tree. Of each entry that has the mode, a space, its name, a zero byte, and the bytes of
// its hash. A list that is a link, a folder or a submodule has no hash.
func parseTree(o object) (*tree, error) {
	t := &tree{hash: o.hash, lists: map[string]string{}}
	hashBytes := len(o.hash) / 2
	for rest := o.content; len(rest) > 0; {
		head, after, ok := bytes.Cut(rest, []byte{0})
		mode, name, named := strings.Cut(string(head), " ")
		if !ok || !named || len(after) < hashBytes {
			return nil, fmt.Errorf("tree %s is damaged", o.hash)
		}
		_, twice := t.lists[name]
		switch {
		case name == trimDLLFile:
			t.hasTrimDLL = true
		case !slices.Contains(listFiles(), name):
		// Git never writes such a tree, and readers differ about which of the two counts.
		case twice:
			return nil, fmt.Errorf("%s is there twice", name)
		// The last is how early versions of git wrote a file that its group may write.
		case mode != "100644" && mode != "100755" && mode != "100664":
			t.lists[name] = ""
		default:
			t.lists[name] = hex.EncodeToString(after[:hashBytes])
		}
		rest = after[hashBytes:]
	}
	return t, nil
}

// listFolders are the folders of a commit that have all of the lists.
func (r *Repo) listFolders(ctx context.Context, hash string) ([]string, error) {
	entries, err := r.entries(ctx, hash, "")
	if err != nil {
		return nil, fmt.Errorf("looking for siglists in commit %.12s of %s: %w", hash, r.dir, err)
	}
	lists := map[string]int{} // by folder
	for _, e := range entries {
		if slices.Contains(listFiles(), path.Base(e.path)) {
			folder, _ := path.Split(e.path)
			lists[strings.TrimSuffix(folder, "/")]++
		}
	}
	maps.DeleteFunc(lists, func(_ string, n int) bool { return n < len(listFiles()) })
	return slices.Sorted(maps.Keys(lists)), nil
}

// noLists is the error for a commit in which no siglists were found.
func (r *Repo) noLists(hash string) error {
	paths := make([]string, len(r.paths))
	for i, p := range r.paths {
		paths[i] = strconv.Quote(p)
	}
	return fmt.Errorf("%w in commit %.12s of %s at %s; --siglists-path tells where they are", ErrNoLists, hash, r.dir, strings.Join(paths, " or "))
}
