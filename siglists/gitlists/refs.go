package gitlists

import (
	"context"
	"slices"
	"strings"
)

// revisionRefs are where the refs are that a word can mean, and how the word is made of them.
var revisionRefs = []struct{ prefix, suffix, word string }{
	{"refs/heads/", "", ""},
	{"refs/tags/", "", ""},
	{"refs/remotes/", "", ""},
	{"refs/pull/", "/head", "pr/"},
	{fetchedRefs, "/head", "pr/"},
}

// Names are words that can be resolved without a remote, sorted: branches, tags, branches of remotes,
// and pr/N for the pull requests that are here.
func (r *Repo) Names(ctx context.Context) ([]string, error) {
	args := []string{"for-each-ref", "--format=%(refname)"}
	for _, ref := range revisionRefs {
		args = append(args, ref.prefix)
	}
	out, err := r.call(args...).output(ctx)
	if err != nil {
		return nil, err
	}
	var names []string
	for line := range strings.Lines(string(out)) {
		if name := revisionName(strings.TrimSuffix(line, "\n")); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// revisionName is the word for a ref; empty for one that has none of its own.
func revisionName(ref string) string {
	for _, r := range revisionRefs {
		name, ok := strings.CutPrefix(ref, r.prefix)
		name, end := strings.CutSuffix(name, r.suffix)
		if !ok || !end || r.prefix == "refs/remotes/" && strings.HasSuffix(name, "/HEAD") {
			continue
		}
		if at := strings.Index(name, "/pull/"); at >= 0 && r.prefix == fetchedRefs { // after the remote
			name = name[at+len("/pull/"):]
		}
		// Other refs may end in /head, too.
		if _, _, isPull := PullNumber(r.word + name); r.word != "" && !isPull {
			continue
		}
		return r.word + name
	}
	return ""
}
