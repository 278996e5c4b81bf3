package gitlists

import (
	"context"
	"fmt"
	"strings"
)

// entry is a file, a link or a submodule in the tree of a commit.
type entry struct{ mode, hash, path string }

func (e entry) isFile() bool { return strings.HasPrefix(e.mode, "100") }

// entries are what is in a folder of a commit, named by its full hash, and in those below it, with their paths in the folder;
// empty is the folder of all. There are none where the folder is not there.
func (r *Repo) entries(ctx context.Context, hash, folder string) ([]entry, error) {
	if err := checkHashes(hash); err != nil {
		return nil, err
	}
	args := []string{"ls-tree", "-r", "-z", "--full-tree", hash, "--"}
	if folder != "" {
		folder += "/"
		args = append(args, folder)
	}
	out, err := r.fetching(args...).output(ctx)
	if err != nil {
		return nil, err
	}
	var all []entry
	for line := range strings.SplitSeq(string(out), "\x00") {
		about, path, _ := strings.Cut(line, "\t")
		path, in := strings.CutPrefix(path, folder)                  // a submodule in the place of the folder is not in it
		if fields := strings.Fields(about); in && len(fields) == 3 { // there is nothing behind the last zero byte
			all = append(all, entry{fields[0], fields[2], path})
		}
	}
	return all, nil
}

// FilesIn reads the files of a folder at a commit, and of those below it, whose names end in a text: their contents by
// their paths in the folder. There are none where the folder is not there. Links are left out.
func (r *Repo) FilesIn(ctx context.Context, hash, folder, ending string) (map[string][]byte, error) {
	entries, err := r.entries(ctx, hash, folder)
	if err != nil {
		return nil, fmt.Errorf("listing %s at %.12s: %w", folder, hash, err)
	}
	hashes := map[string]string{} // by name
	for _, e := range entries {
		// A link may lead anywhere, also out of the repository.
		if e.isFile() && strings.HasSuffix(e.path, ending) {
			hashes[e.path] = e.hash
		}
	}
	files, err := r.contents(ctx, hashes)
	if err != nil {
		return nil, fmt.Errorf("reading %s at %.12s: %w", folder, hash, err)
	}
	return files, nil
}
