package gitlists

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// FilesIn reads the files of a folder at a commit, and of those below it, whose names end in a text: their contents by
// their paths in the folder. There are none where the folder is not there. Links are left out.
func (r *Repo) FilesIn(ctx context.Context, hash, folder, ending string) (map[string][]byte, error) {
	if err := checkHashes(hash); err != nil {
		return nil, err
	}
	folder = strings.Trim(folder, "/") + "/"
	out, err := r.fetching("ls-tree", "-r", "-z", hash, "--", folder).output(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing %s at %.12s: %w", folder, hash, err)
	}
	names := map[string][]string{} // by hash
	for entry := range strings.SplitSeq(string(out), "\x00") {
		about, path, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(about)
		if len(fields) == 3 && fields[1] == "blob" && fields[0] != "120000" && strings.HasSuffix(path, ending) {
			names[fields[2]] = append(names[fields[2]], strings.TrimPrefix(path, folder))
		}
	}
	files := map[string][]byte{}
	if len(names) == 0 {
		return files, nil
	}
	hashes := slices.Sorted(maps.Keys(names))
	err = r.objects(ctx, hashes, func(i int, o object, ok bool) error {
		if !ok || o.kind != "blob" {
			return fmt.Errorf("object %s is missing from %s; the clone is damaged", hashes[i], r.dir)
		}
		for _, name := range names[hashes[i]] {
			files[name] = o.content
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s at %.12s: %w", folder, hash, err)
	}
	return files, nil
}
