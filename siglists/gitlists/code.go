package gitlists

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// CodePath is where Socorro keeps the code that makes signatures, as Python files.
const CodePath = "socorro/signature"

// Code is the code that makes signatures at a commit: the git hashes of the Python files in CodePath, by
// name. It is empty where there are none, as in a repository of siglists alone.
type Code map[string]string

// Differing are the paths of the files that are not the same in both, sorted.
func (c Code) Differing(other Code) []string {
	var paths []string
	for name := range maps.Keys(c) {
		if c[name] != other[name] {
			paths = append(paths, path.Join(CodePath, name))
		}
	}
	for name := range maps.Keys(other) {
		if c[name] == "" {
			paths = append(paths, path.Join(CodePath, name))
		}
	}
	slices.Sort(paths)
	return paths
}

// Merged is what two sides made of the code: a file that both changed, each in its own way, has a hash of its own.
func (c Code) Merged(ours, theirs Code) Code {
	merged := Code{}
	for _, side := range []Code{ours, theirs} {
		for name := range side {
			switch {
			case theirs[name] == c[name]:
				merged[name] = ours[name]
			case ours[name] == c[name] || ours[name] == theirs[name]:
				merged[name] = theirs[name]
			default:
				merged[name] = "merged of " + ours[name] + " and " + theirs[name]
			}
		}
	}
	maps.DeleteFunc(merged, func(_, hash string) bool { return hash == "" })
	return merged
}

// CodeOf reads which code there is at each commit, named by its full hash, with one run of git.
func (r *Repo) CodeOf(ctx context.Context, hashes ...string) ([]Code, error) {
	if err := checkHashes(hashes...); err != nil || len(hashes) == 0 {
		return nil, err
	}
	requests := make([]string, len(hashes))
	for i, hash := range hashes {
		requests[i] = hash + ":" + CodePath
	}
	all := make([]Code, len(hashes))
	err := r.objects(ctx, requests, func(i int, o object, ok bool) error {
		all[i] = Code{}
		if !ok || o.kind != "tree" {
			return nil
		}
		return o.entries(len(hashes[i])/2, func(mode, name, hash string) error {
			if isCode(name) && mode != folderMode {
				all[i][name] = hash
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("looking for the code that makes signatures in %s: %w", r.dir, err)
	}
	return all, nil
}

func isCode(name string) bool { return strings.HasSuffix(name, ".py") }

// CodeLog lists the commits that changed files of the code, named by their paths, oldest first: those that
// the arguments of git rev-list choose.
func (r *Repo) CodeLog(ctx context.Context, paths []string, revisions ...string) ([]Commit, error) {
	args := append([]string{"--reverse"}, revisions...)
	commits, err := r.log(ctx, append(append(args, "--"), paths...)...)
	if err != nil {
		return nil, fmt.Errorf("listing the commits that changed the code that makes signatures: %w", err)
	}
	return commits, nil
}

// Have tells which commits the repository has, of full hashes. Nothing is fetched.
func (r *Repo) Have(ctx context.Context, hashes []string) ([]bool, error) {
	have := make([]bool, len(hashes))
	c := r.call("cat-file", "--batch-check=%(objecttype)")
	c.stdin = strings.NewReader(strings.Join(hashes, "\n") + "\n")
	out, err := c.output(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking for commits in %s: %w", r.dir, err)
	}
	for i, answer := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		if i < len(have) {
			have[i] = answer == "commit"
		}
	}
	return have, nil
}

// maxCodeBytes bounds a file of code. The largest has 40 KB.
const maxCodeBytes = 4 << 20

// DirCode is the code beside a directory of siglists in a working tree, and empty where there is none: the
// Python files in the folder above, as git would hash them.
func DirCode(dir string) (Code, error) {
	above, err := filepath.Abs(filepath.Join(dir, ".."))
	if err != nil || !strings.HasSuffix(filepath.ToSlash(above), "/"+CodePath) {
		return nil, err
	}
	entries, err := os.ReadDir(above)
	if err != nil {
		return nil, fmt.Errorf("looking for the code that makes signatures: %w", err)
	}
	code := Code{}
	for _, e := range entries {
		if !isCode(e.Name()) || e.IsDir() {
			continue
		}
		file := filepath.Join(above, e.Name())
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || info.Size() > maxCodeBytes {
			code[e.Name()] = "unreadable"
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("reading the code that makes signatures: %w", err)
		}
		sum := sha1.Sum(fmt.Appendf(nil, "blob %d\x00%s", len(content), content))
		code[e.Name()] = hex.EncodeToString(sum[:])
	}
	return code, nil
}
