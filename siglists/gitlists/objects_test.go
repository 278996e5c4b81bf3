package gitlists

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// Answers are those to the questions: also after a question for nothing, which git would answer.
func TestNothingIsAskedFor(t *testing.T) {
	c := newRepo(t)
	tip := c.commitLists("one")
	r := c.open()
	for range 2 {
		if err := r.objects(t.Context(), nil, func(i int, o object, _ bool) error { return fmt.Errorf("object %d is %v", i, o) }); err != nil {
			t.Error(err)
		}
		if got, ok := r.readCommit(t.Context(), tip); !ok || got.Hash != tip {
			t.Errorf("%s is %v, %v", tip, got, ok)
		}
		wantLists(t, r, tip, lists("one"))
	}
}

// Siglists that a damaged clone lacks are not siglists that were never there.
func TestDamagedFolders(t *testing.T) {
	c := newRepo(t)
	tip := c.commitLists("one")
	c.commitLists("two")
	last := c.commit("two again") // with the same folders
	c.git("checkout", "--quiet", "--detach", tip)
	for _, gone := range []string{tip + ":" + DefaultPath, tip + ":" + path.Dir(DefaultPath), tip + "^{tree}", tip} {
		hash := c.git("rev-parse", gone)
		file := filepath.Join(c.dir, ".git", "objects", hash[:2], hash[2:])
		if err := os.Rename(file, file+".gone"); err != nil {
			t.Fatal(err)
		}
		for _, paths := range [][]string{{DefaultPath, OldPath}, {"elsewhere", DefaultPath}} {
			r := c.open(paths...)
			if _, err := r.Lists(t.Context(), tip); err == nil || errors.Is(err, ErrNoLists) {
				t.Errorf("%s is gone: %v", gone, err)
			}
			if all, err := r.ListsOf(t.Context(), last, []string{tip, last}); err == nil {
				t.Errorf("%s is gone: of both %v", gone, all)
			}
			if has, err := r.HasLists(t.Context()); has || err == nil {
				t.Errorf("%s is gone: %v", gone, has)
			}
		}
		if err := os.Rename(file+".gone", file); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.open(".", "elsewhere").Lists(t.Context(), tip); !errors.Is(err, ErrNoLists) {
		t.Errorf("nothing is gone: %v", err)
	}
}

// Where a commit is missing, it isn't known which ones came before it: also in a history whose commits are left out.
func TestDamagedHistories(t *testing.T) {
	c := newRepo(t)
	hashes := []string{c.commitLists("zero"), c.commitLists("one"), c.commitLists("two"), c.commitLists("three")}
	c.git("checkout", "--quiet", "--orphan", "other")
	other := c.commitLists("other")
	if err := os.Remove(filepath.Join(c.dir, ".git", "objects", hashes[2][:2], hashes[2][2:])); err != nil {
		t.Fatal(err)
	}
	r := c.open()
	for _, ends := range [][2]string{{hashes[1], hashes[3]}, {other, hashes[3]}, {hashes[3], hashes[1]}, {hashes[3], other}} {
		if fork, err := r.Fork(t.Context(), ends[0], ends[1]); err == nil {
			t.Errorf("%v fork at %v", ends, fork)
		}
		if log, err := r.Log(t.Context(), ends[1], ends[0]); err == nil {
			t.Errorf("between %v: %v", ends, log)
		}
	}
	if log, err := r.Log(t.Context(), hashes[0], hashes[1]); err != nil || !equalHashes(log, hashes[1:2]) {
		t.Errorf("where nothing is missing: %v, %v", log, err)
	}
}

// What is stored under the hash of an object counts only where it is that.
func TestSwappedObjects(t *testing.T) {
	c := newRepo(t)
	first := c.commitLists("one")
	tip := c.commitLists("two")
	for _, word := range []string{"%s:" + DefaultPath + "/prefix_signature_re.txt", "%s:" + DefaultPath, "%s"} {
		var files [2]string
		for i, commit := range []string{first, tip} {
			hash := c.git("rev-parse", fmt.Sprintf(word, commit))
			files[i] = filepath.Join(c.dir, ".git", "objects", hash[:2], hash[2:])
		}
		whole, err := os.ReadFile(files[1])
		other, otherErr := os.ReadFile(files[0])
		if err := errors.Join(err, otherErr, os.Chmod(files[1], 0o644), os.WriteFile(files[1], other, 0o644)); err != nil {
			t.Fatal(err)
		}
		r := c.open()
		_, err = r.Resolve(t.Context(), tip)
		if err == nil {
			_, err = r.Lists(t.Context(), tip)
		}
		if err == nil || errors.Is(err, ErrNoLists) {
			t.Errorf(word+": %v", tip, err)
		}
		r.reading.rest()
		if err := os.WriteFile(files[1], whole, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wantLists(t, c.open(), tip, lists("two"))
}

// An answer to another question is an error.
func TestAnswersAreToTheQuestions(t *testing.T) {
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	for _, test := range []struct {
		request, answer string
		there, fails    bool
	}{
		{one, one + " blob 2\nab\n", true, false},
		{one, one + " missing\n", false, false},
		{one, two + " blob 2\nab\n", false, true},
		{one, two + " missing\n", false, true},
		{one, " missing\n", false, true},
		{"1111", "1111 ambiguous\n", false, false},
		{"1111", "1112 ambiguous\n", false, true},
		{one + ":folder", two + " tree 0\n\n", true, false},
		{one + ":a folder", one + ":a folder missing\n", false, false},
		{one + ":folder", one + ":other missing\n", false, true},
	} {
		o := objectReader{bufio.NewReader(strings.NewReader(test.answer))}
		if _, there, err := o.next(test.request); there != test.there || (err != nil) != test.fails {
			t.Errorf("%q, asked for %q: %v, %v", test.answer, test.request, there, err)
		}
	}
}
