package gitlists

import (
	"bufio"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// objectReader reads the answers of git cat-file --batch, in the order of the requests.
type objectReader struct{ r *bufio.Reader }

// object is one object of a repository.
type object struct {
	hash, kind string
	content    []byte
}

// sum is the hash that git gives an object of this kind and content.
func (o object) sum(h hash.Hash) string {
	fmt.Fprintf(h, "%s %d\x00", o.kind, len(o.content))
	h.Write(o.content)
	return hex.EncodeToString(h.Sum(nil))
}

// isWhole tells whether an object has the content that its hash says.
func (o object) isWhole() bool {
	h := sha1.New()
	if len(o.hash) == hex.EncodedLen(sha256.Size) {
		h = sha256.New()
	}
	return o.sum(h) == o.hash
}

var errTooLarge = errors.New("too large")

// next reads the object that was asked for; ok tells whether the repository has it.
func (o objectReader) next(request string) (_ object, ok bool, err error) {
	header, err := o.r.ReadString('\n')
	if err != nil {
		return object{}, false, fmt.Errorf("reading objects: %w", noEOF(err))
	}
	header = strings.TrimSuffix(header, "\n")
	// The request is repeated as it was, so that a request that ends in such a word can't be taken for an answer.
	if header == request+" missing" || header == request+" ambiguous" {
		return object{}, false, nil
	}
	fields := strings.Fields(header)
	if len(fields) != 3 || fullHash().MatchString(request) && fields[0] != request {
		return object{}, false, fmt.Errorf("reading objects: asked for %q, git answered %q", request, header)
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
		return object{}, false, fmt.Errorf("reading objects: %w", noEOF(err))
	}
	return object{fields[0], fields[1], content[:size]}, true, nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// reading is a git that reads the objects of a repository. It is kept from one question to the next: to start one takes
// longer than to answer.
type reading struct {
	mu      sync.Mutex
	git     *process // nil where none runs
	in      io.WriteCloser
	out     objectReader
	unasked *time.Timer // ends it
}

// keptReading is how long git is kept when nothing is asked of it.
const keptReading = time.Second

// start sees to it that a git runs, and that it may fetch what it lacks if the call may.
func (k *reading) start(ctx context.Context, c call) error {
	if k.git != nil && k.git.call.fetches == c.fetches {
		return nil
	}
	_ = k.end(ctx, nil)
	// Any other reader would be copied by a goroutine of exec.Cmd, for which Wait waits.
	theirs, in, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("reading objects: %w", err)
	}
	c.stdin = theirs
	// It outlives the question, so that the end of one must not end it.
	git, err := c.start(context.WithoutCancel(ctx))
	_ = theirs.Close()
	if err != nil {
		_ = in.Close()
		return err
	}
	k.git, k.in, k.out = git, in, objectReader{bufio.NewReaderSize(git.out, 1<<16)}
	if k.unasked == nil {
		k.unasked = time.AfterFunc(keptReading, k.rest)
	}
	return nil
}

// rest ends git, so that the next one reads the repository as it is then.
func (k *reading) rest() {
	k.mu.Lock()
	defer k.mu.Unlock()
	_ = k.end(context.Background(), nil)
}

func (k *reading) end(ctx context.Context, readErr error) error {
	if k.git == nil {
		return readErr
	}
	git := k.git
	k.git = nil
	_ = k.in.Close()
	return git.end(ctx, readErr)
}

// objects asks for many objects, and hands each to a function, which asks for none itself, with the place of its request.
func (r *Repo) objects(ctx context.Context, requests []string, each func(i int, o object, ok bool) error) error {
	if len(requests) == 0 {
		return nil // git would answer the empty line
	}
	k := &r.reading
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.start(ctx, r.fetching("cat-file", "--batch")); err != nil {
		return err
	}
	defer k.unasked.Reset(keptReading)
	git, in := k.git, k.in // which the two that run beside this may outlive
	// A question that is given up leaves answers unread, so that git has to go with it.
	stop := context.AfterFunc(ctx, func() { _ = git.cmd.Cancel() })
	// Beside the reading: git answers before it has read all, and both pipes would be full.
	go func() { _, _ = io.WriteString(in, strings.Join(requests, "\n")+"\n") }() // where it fails, git has ended
	err := k.out.each(requests, func(i int, o object, ok bool) error {
		// Git doesn't look: where a file of its objects has the content of another, it gives that.
		if ok && !o.isWhole() {
			return fmt.Errorf("object %s has the content of another; %s", o.hash, damaged(r.dir))
		}
		return each(i, o, ok)
	})
	if !stop() {
		err = ctx.Err()
	}
	if err != nil {
		return k.end(ctx, err)
	}
	return nil
}

// each reads the objects that were asked for.
func (o objectReader) each(requests []string, each func(i int, o object, ok bool) error) error {
	for i, request := range requests {
		object, ok, err := o.next(request)
		if err == nil {
			err = each(i, object, ok)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
