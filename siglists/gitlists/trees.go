package gitlists

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// objectReader reads the answers of git cat-file --batch, in the order of the requests.
type objectReader struct{ r *bufio.Reader }

// object is one object of a repository.
type object struct {
	hash, kind string
	content    []byte
}

var errTooLarge = errors.New("too large")

// next reads an object; ok tells whether the repository has it.
func (o objectReader) next() (_ object, ok bool, err error) {
	header, err := o.r.ReadString('\n')
	if err != nil {
		return object{}, false, &truncated{fmt.Errorf("reading objects: %w", noEOF(err))}
	}
	header = strings.TrimSuffix(header, "\n")
	if strings.HasSuffix(header, " missing") {
		return object{}, false, nil
	}
	fields := strings.Fields(header)
	if len(fields) != 3 {
		return object{}, false, fmt.Errorf("reading objects: git answered %q", header)
	}
	size, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return object{}, false, fmt.Errorf("reading objects: git answered %q", header)
	}
	if size > maxListBytes {
		return object{}, false, fmt.Errorf("reading object %s: %w: %d bytes", fields[0], errTooLarge, size)
	}
	content := make([]byte, size+1) // and the line feed after it
	if _, err := io.ReadFull(o.r, content); err != nil {
		return object{}, false, &truncated{fmt.Errorf("reading objects: %w", noEOF(err))}
	}
	return object{fields[0], fields[1], content[:size]}, true, nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// objects asks for many objects with one git, and hands each to a function with the place of its
// request.
func (r *Repo) objects(ctx context.Context, requests []string, each func(i int, o object, ok bool) error) error {
	c := r.fetching("cat-file", "--batch", "--buffer")
	c.stdin = strings.NewReader(strings.Join(requests, "\n") + "\n")
	return c.stream(ctx, func(out io.Reader) error {
		in := objectReader{bufio.NewReaderSize(out, 1<<16)}
		for i := range requests {
			o, ok, err := in.next()
			if err != nil {
				return err
			}
			if err := each(i, o, ok); err != nil {
				return err
			}
		}
		return nil
	})
}

// tree is the folder of siglists at one commit.
type tree struct {
	hash, path string
	lists      map[string]string // hashes of the lists by file name; empty for what is no regular file
	hasTrimDLL bool
}

// trees finds the folder of siglists at each commit; it is nil where there is none. Of several paths
// the first counts that holds lists.
func (r *Repo) trees(ctx context.Context, hashes []string) ([]*tree, error) {
	if err := checkHashes(hashes...); err != nil {
		return nil, err
	}
	return r.treesAt(ctx, hashes)
}

func (r *Repo) treesAt(ctx context.Context, hashes []string) ([]*tree, error) {
	if len(hashes) == 0 {
		return nil, nil
	}
	var requests []string
	for _, hash := range hashes {
		for _, p := range r.paths {
			requests = append(requests, hash+":"+p)
		}
	}
	found := make([]*tree, len(hashes))
	err := r.objects(ctx, requests, func(i int, o object, ok bool) error {
		at := i / len(r.paths)
		if !ok || o.kind != "tree" || found[at] != nil {
			return nil
		}
		t, err := parseTree(o, len(o.hash)/2)
		if err != nil {
			return fmt.Errorf("%s: %w", requests[i], err)
		}
		if len(t.lists) > 0 {
			t.path = r.paths[i%len(r.paths)]
			found[at] = t
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("looking for siglists in %s: %w", r.dir, err)
	}
	return found, nil
}

// parseTree reads which siglists are in a tree. A list that is a link, a folder or a submodule has no hash.
func parseTree(o object, hashBytes int) (*tree, error) {
	t := &tree{hash: o.hash, lists: map[string]string{}}
	wanted := map[string]bool{}
	for _, name := range listFiles() {
		wanted[name] = true
	}
	err := o.entries(hashBytes, func(mode, name, hash string) error {
		_, twice := t.lists[name]
		switch {
		case name == TrimDLLFile:
			t.hasTrimDLL = true
		case !wanted[name]:
		case twice:
			return fmt.Errorf("%s is there twice", name)
		case mode != "100644" && mode != "100755" && mode != "100664":
			t.lists[name] = ""
		default:
			t.lists[name] = hash
		}
		return nil
	})
	return t, err
}

// entries hands out the entries of a tree: for each its mode, a space, its name, a zero byte, and the bytes
// of its hash.
func (o object) entries(hashBytes int, each func(mode, name, hash string) error) error {
	for rest := o.content; len(rest) > 0; {
		head, after, ok := bytes.Cut(rest, []byte{0})
		mode, name, named := strings.Cut(string(head), " ")
		if !ok || !named || len(after) < hashBytes {
			return fmt.Errorf("tree %s is damaged", o.hash)
		}
		if err := each(mode, name, hex.EncodeToString(after[:hashBytes])); err != nil {
			return err
		}
		rest = after[hashBytes:]
	}
	return nil
}

func (r *Repo) noLists(hash string) error {
	paths := make([]string, len(r.paths))
	for i, p := range r.paths {
		paths[i] = strconv.Quote(p)
	}
	return fmt.Errorf("%w in commit %.12s of %s at %s; --siglists-path tells where they are", ErrNoLists, hash, r.dir, strings.Join(paths, " or "))
}
