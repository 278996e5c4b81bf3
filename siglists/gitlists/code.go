package gitlists

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/siglists"
)

// CodePath is where Socorro keeps the code that makes signatures.
const CodePath = "socorro/signature"

// Code is the code that makes signatures: the git hashes of the files below CodePath that Python could import, by
// their names there. It is nil where there never was any, as in a repository of siglists alone, and empty where it
// was removed.
type Code map[string]string

// importable are the endings of files that Python imports.
var importable = []string{".py", ".pyc", ".pyd", ".so"}

// isCode tells whether Python could import a file or a link, by its path below CodePath. A link may lead to a package. Tests and
// siglists are no code, and what Python keeps in __pycache__ follows its source.
func isCode(name string, link bool) bool {
	top, _, _ := strings.Cut(name, "/")
	if top == "siglists" || top == "tests" || strings.Contains("/"+name+"/", "/__pycache__/") {
		return false
	}
	return slices.Contains(importable, path.Ext(name)) || link && path.Ext(name) == ""
}

// codePaths are the code as patterns of git.
func codePaths() []string {
	// The exclusions are those of isCode; git can't be given a function.
	paths := []string{":(exclude)" + CodePath + "/siglists", ":(exclude)" + CodePath + "/tests", ":(exclude,glob)" + CodePath + "/**/__pycache__/**"}
	for _, ending := range importable {
		paths = append(paths, ":(glob)"+CodePath+"/**/*"+ending)
	}
	return paths
}

// Differing are the paths of the files that are not the same in both, sorted.
func (c Code) Differing(other Code) []string {
	var paths []string
	for name := range c {
		if c[name] != other[name] {
			paths = append(paths, path.Join(CodePath, name))
		}
	}
	for name := range other {
		if c[name] == "" {
			paths = append(paths, path.Join(CodePath, name))
		}
	}
	slices.Sort(paths)
	return paths
}

// Merged is what two sides made of the code: a file that both changed, each in its own way, has a hash of its own.
// CodeConflicts tells whether such files merge by themselves.
func (c Code) Merged(ours, theirs Code) Code {
	if ours == nil && theirs == nil {
		return nil
	}
	merged := Code{}
	for _, side := range []Code{ours, theirs} {
		for name := range side {
			switch {
			// An empty hash is a file that is not there, so that adding and removing are changes like others.
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

// CodeConflicts are the paths of the files of the code that two sides changed, each in its own way, so that they don't
// merge by themselves, sorted.
func (r *Repo) CodeConflicts(ctx context.Context, base, ours, theirs Code) ([]string, error) {
	var conflicts []string
	for _, file := range ours.Differing(theirs) {
		name := strings.TrimPrefix(file, CodePath+"/")
		o, b, t := ours[name], base[name], theirs[name]
		// Only one side changed it, and merging takes that.
		if b == o || b == t {
			continue
		}
		sides, err := r.contents(ctx, map[string]string{"ours": o, "base": b, "theirs": t})
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", file, err)
		}
		if _, clean, err := r.mergeFile(ctx, sides["ours"], sides["base"], sides["theirs"]); err != nil {
			return nil, fmt.Errorf("merging %s: %w", file, err)
		} else if !clean {
			conflicts = append(conflicts, file)
		}
	}
	return conflicts, nil
}

// CodeOf reads which code there is at a commit, named by its full hash.
func (r *Repo) CodeOf(ctx context.Context, hash string) (Code, error) {
	entries, err := r.entries(ctx, hash, CodePath)
	code := Code{}
	for _, e := range entries {
		if isCode(e.path, !e.isFile()) {
			code[e.path] = e.hash
		}
	}
	// No code is the answer in a repository of lists alone, and a change where there was some before.
	if err == nil && len(code) == 0 {
		code, err = r.removedCode(ctx, hash)
	}
	if err != nil {
		return nil, fmt.Errorf("looking for the code that makes signatures in %s: %w", r.dir, err)
	}
	return code, nil
}

// Sources reads the files of code that are written in Python, by their names.
func (r *Repo) Sources(ctx context.Context, code Code) (map[string][]byte, error) {
	python := maps.Clone(code)
	maps.DeleteFunc(python, func(name, _ string) bool { return path.Ext(name) != ".py" })
	sources, err := r.contents(ctx, python)
	if err != nil {
		return nil, fmt.Errorf("reading the code that makes signatures: %w", err)
	}
	return sources, nil
}

// removedCode is the code of a commit that has none: empty where an earlier one had some, as far as the clone
// knows, and nil where none had.
func (r *Repo) removedCode(ctx context.Context, hash string) (Code, error) {
	had, err := r.CodeLog(ctx, "--full-history", "--max-count=1", hash)
	if err != nil || len(had) == 0 {
		return nil, err
	}
	return Code{}, nil
}

// CodeLog lists the commits that changed the code, oldest first: those that the arguments of git rev-list choose, but for
// one that a shallow clone begins with, as in Log.
func (r *Repo) CodeLog(ctx context.Context, revisions ...string) ([]Commit, error) {
	c := r.logCall(append(append(append([]string{"--reverse"}, revisions...), "--"), codePaths()...)...)
	// The paths are patterns here, and nothing in them comes from outside.
	c.env = append(slices.Clone(c.env), "GIT_LITERAL_PATHSPECS=0")
	commits, err := readLog(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("listing the commits that changed the code that makes signatures: %w", err)
	}
	return r.withoutCut(ctx, commits)
}

// Has tells whether the repository has a commit, named by its full hash. Nothing is fetched.
func (r *Repo) Has(ctx context.Context, hash string) (bool, error) {
	c := r.call("cat-file", "--batch-check=%(objecttype)")
	c.stdin = strings.NewReader(hash + "\n")
	out, err := c.output(ctx)
	if err != nil {
		return false, fmt.Errorf("looking for commit %.12s in %s: %w", hash, r.dir, err)
	}
	return strings.TrimSpace(string(out)) == "commit", nil // of an object that is not here it says that it is missing
}

// Between are the commits that one has in its history, or is, and another has not, by their full hashes.
func (r *Repo) Between(ctx context.Context, fromExclusive, to string) (map[string]bool, error) {
	if err := checkHashes(fromExclusive, to); err != nil {
		return nil, err
	}
	out, err := r.call("rev-list", to, "^"+fromExclusive).output(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing what %.12s has and %.12s has not: %w", to, fromExclusive, err)
	}
	between := map[string]bool{}
	for hash := range strings.FieldsSeq(string(out)) {
		between[hash] = true
	}
	return between, nil
}

// maxCodeBytes bounds a file of code. The largest has 40 KB.
const maxCodeBytes = 4 << 20

// DirCode is the code beside a directory of siglists in a working tree: what is above the files that it has or links
// to, as git would hash it. Where nothing is left there, the repository tells whether there ever was any.
func DirCode(ctx context.Context, dir string) (Code, error) {
	root := codeRoot(dir)
	if root == "" {
		return nil, nil
	}
	code := Code{}
	err := filepath.WalkDir(root, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(file, root), string(filepath.Separator)))
		if !e.IsDir() && isCode(name, e.Type()&fs.ModeSymlink != 0) {
			// Python follows a link, but git has the link: its hash tells when it leads elsewhere.
			code[name] = fileHash(file, e)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for the code that makes signatures: %w", err)
	}
	if len(code) == 0 {
		return codeOfHead(ctx, root)
	}
	return code, nil
}

// codeRoot is the folder of the code that the siglists of a directory belong to; empty where they belong to none.
func codeRoot(dir string) string {
	for _, name := range siglists.Names() {
		// The lists may be links into the clone, as in a folder that somebody gathered for a test.
		file, err := Physical(filepath.Join(dir, name.File()))
		if err != nil {
			continue
		}
		if above := filepath.Dir(filepath.Dir(file)); strings.HasSuffix(filepath.ToSlash(above), "/"+CodePath) {
			return above
		}
	}
	return ""
}

// codeOfHead is what is left of the code in a working tree that has none: nil where no commit had any, or where
// it is in no repository.
func codeOfHead(ctx context.Context, root string) (Code, error) {
	r, err := Open(ctx, root)
	if errors.Is(err, ErrNotRepository) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	head, err := r.head(ctx)
	if err != nil || head == "" {
		return nil, err
	}
	if code, err := r.CodeOf(ctx, head); err != nil || code == nil {
		return nil, err
	}
	return Code{}, nil
}

// fileHash is the hash that git gives a file or a link.
func fileHash(file string, e fs.DirEntry) string {
	var content []byte
	info, err := e.Info()
	switch {
	case err != nil:
	case e.Type()&fs.ModeSymlink != 0:
		var target string
		target, err = os.Readlink(file)
		content = []byte(filepath.ToSlash(target))
	case !info.Mode().IsRegular() || info.Size() > maxCodeBytes:
		return "unreadable"
	default:
		content, err = os.ReadFile(file)
	}
	if err != nil {
		return "unreadable"
	}
	// As git hash-object does, without the filters that attributes may ask for. On Windows git ends the lines of a working
	// tree in its own way, and to Python they are the same.
	if filepath.Ext(file) == ".py" {
		content = bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))
	}
	return object{kind: "blob", content: content}.sum(sha1.New())
}
