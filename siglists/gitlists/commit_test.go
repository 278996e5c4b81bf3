package gitlists

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// rawCommits are commits as anybody may make them, and whether they are read without git log.
var rawCommits = []struct {
	after, committer, message string
	read                      bool
}{
	{"", "A <a@example.org> 1700000000 +0100", "\nplain\n\nmore\n", true},
	{"", "A <a@example.org> 0 -0000", "\nno end", true},
	{"", "A <a@example.org> 4294967295 +1400", "\n\n \n\t\n two \t\r\n\u00a0lines\r\n \nmore", true},
	{"", "A > B <a> <a@example.org> 1700000000 +0000", "\n\x1b[31m\rred\v \f\n\f\n", true},
	{"", "<> 1700000000 -0330", "", true},
	{"", "A <a@example.org> 1700000000 +0000", "\n\n\n", true},
	{"", "A <a@example.org> 1700000000 +0000", "\n\xff\xfe no UTF-8", true},
	{"gpgsig x\n encoding ISO-8859-1\n committer x\n", "A <a@example.org> 1700000000 +0000", "\nencoding x\ncommitter y", true},
	{"encoding ISO-8859-1\n", "A <a@example.org> 1700000000 +0000", "\n\xe4", false},
	{"", "A <a@example.org> 17000000000 +0000", "\nlater", false},
	{"", "A <a@example.org> -1 +0000", "\nbefore", false},
	{"", "A <a@example.org> 1700000000 +9999", "\nodd", false},
	{"", "A <a@example.org>  1700000000 +0000", "\nodd", false},
	{"", "A <a@example.org> 1700000000", "\nodd", false},
	{"", "A <a@example.org>", "\nodd", false},
	{"", "A <a@example.org> 1700000000 +0000", "\na\x00b", false},
}

// A commit is read as git log has it, or left to that.
func TestCommitIsThatOfLog(t *testing.T) {
	c := newRepo(t)
	tree := c.git("write-tree")
	files, paths := map[string]string{}, []string{"hash-object", "-w", "-t", "commit", "--literally"}
	for i, raw := range rawCommits {
		name := fmt.Sprint(i)
		files[name] = "tree " + tree + "\nauthor B <b@example.org> 5 +0000\ncommitter " + raw.committer + "\n" + raw.after + raw.message
		paths = append(paths, filepath.Join(c.dir, name))
	}
	c.write("", files)
	r := c.open()
	for i, hash := range strings.Fields(c.git(paths...)) {
		got, read := r.readCommit(t.Context(), hash)
		if read != rawCommits[i].read {
			t.Errorf("%q: read %v", files[fmt.Sprint(i)], read)
		}
		if !read {
			continue
		}
		want, err := r.log(t.Context(), "--no-walk", hash, "--")
		if err != nil || len(want) != 1 || got != want[0] {
			t.Errorf("%q is read as %+v, and git log has %+v, %v", files[fmt.Sprint(i)], got, want, err)
		}
	}
}

// Every commit of the real history is read as git log has it.
func TestRealCommits(t *testing.T) {
	r := realHistory(t)
	commits, hashes := realCommits(t, r)
	for i, hash := range hashes {
		if got, read := r.readCommit(t.Context(), hash); !read || got != commits[i] {
			t.Errorf("%+v, and git log has %+v", got, commits[i])
		}
	}
}

// What ends while it is asked for does so for that question alone.
func TestReadingGoesOn(t *testing.T) {
	c := newRepo(t)
	tip := c.commitLists("one")
	r := c.open()
	for range 3 {
		wantLists(t, r, tip, lists("one"))
		for _, word := range []string{"HEAD@{upstream}", "nothing", "HEAD:" + DefaultPath} { // at the first of which git ends
			if got, ok := r.readCommit(t.Context(), word); ok {
				t.Errorf("%s is %v", word, got)
			}
		}
		r.reading.rest()
		c.git("commit", "--quiet", "--allow-empty", "--message", "more")
		if got, want := resolve(t, r, "HEAD").Hash, c.git("rev-parse", "HEAD"); got != want {
			t.Errorf("HEAD is %s, want %s", got, want)
		}
	}
}
