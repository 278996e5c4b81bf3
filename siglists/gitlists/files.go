package gitlists

import (
	"context"
	"fmt"
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
	hashes := map[string]string{} // by name
	for entry := range strings.SplitSeq(string(out), "\x00") {
		about, path, _ := strings.Cut(entry, "\t")
		fields := strings.Fields(about)
		// A link may lead anywhere, also out of the repository.
		if len(fields) == 3 && fields[1] == "blob" && fields[0] != "120000" && strings.HasSuffix(path, ending) {
			hashes[strings.TrimPrefix(path, folder)] = fields[2]
		}
	}
	files, err := r.contents(ctx, hashes)
	if err != nil {
		return nil, fmt.Errorf("reading %s at %.12s: %w", folder, hash, err)
	}
	return files, nil
}
