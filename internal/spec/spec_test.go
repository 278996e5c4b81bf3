package spec

import "testing"

func TestParseSpec(t *testing.T) {
	for spec, want := range map[string]struct {
		kind Kind
		word string
	}{
		"main":         {Word, "main"},
		"siglists/new": {Word, "siglists/new"},
		"HEAD~3":       {Word, "HEAD~3"},
		"-x":           {Word, "-x"},
		"":             {Word, ""},
		"pr/x":         {Word, "pr/x"},
		"Recorded":     {Word, "Recorded"},
		"dir:main":     {Dir, "main"},
		"dir:git:x":    {Dir, "git:x"},
		".":            {Dir, "."},
		"..":           {Dir, ".."},
		"../other":     {Dir, "../other"},
		"./recorded":   {Dir, "./recorded"},
		"main/":        {Dir, "main/"},
		"git:main":     {Revision, "main"},
		"git:recorded": {Revision, "recorded"},
		"git:pr/7":     {Revision, "pr/7"},
		"git:dir:x":    {Revision, "dir:x"},
		"pr/7078":      {Pull, "pr/7078"},
		"pr/7/merge":   {Pull, "pr/7/merge"},
		"pr/7/head":    {Pull, "pr/7"},
		"PR/7":         {Pull, "pr/7"},
		"pr/07":        {Word, "pr/07"},
		"pr/7/files":   {Word, "pr/7/files"},
		"recorded":     {Recorded, "recorded"},
		"accepted":     {Accepted, "accepted"},
		"7078":         {Pull, "pr/7078"},
		"#7078":        {Pull, "pr/7078"},
		"#7078/merge":  {Pull, "pr/7078/merge"},
		"git:7078":     {Revision, "7078"},
		"./7078":       {Dir, "./7078"},
		"dir:7078":     {Dir, "7078"},
		"0708":         {Word, "0708"},
		"1234567":      {Word, "1234567"}, // a commit
		"https://github.com/mozilla-services/socorro/pull/7078":   {Pull, "pr/7078"},
		"github.com/me/socorro/pull/7078/files#diff-1":            {Pull, "pr/7078"},
		"https://github.com/mozilla-services/socorro/pull/7078/":  {Pull, "pr/7078"},
		"https://github.com/mozilla-services/socorro/pull/7.diff": {Pull, "pr/7"},
		"mozilla-services/socorro#7078":                           {Pull, "pr/7078"},
		"a/b/socorro#7078":                                        {Word, "a/b/socorro#7078"},
		"https://github.com/mozilla-services/socorro/issues/7078": {Word, "https://github.com/mozilla-services/socorro/issues/7078"},
		"https://example.org/mozilla-services/socorro/pull/7078":  {Word, "https://example.org/mozilla-services/socorro/pull/7078"},
	} {
		if kind, word := Parse(spec); kind != want.kind || word != want.word {
			t.Errorf("%q: %d, %q, want %d, %q", spec, kind, word, want.kind, want.word)
		}
	}
	absolute := t.TempDir()
	if kind, word := Parse(absolute); kind != Dir || word != absolute {
		t.Errorf("%q: %d, %q", absolute, kind, word)
	}
}

func TestCheckPair(t *testing.T) {
	for _, test := range []struct {
		base, candidate string
		ok              bool
	}{
		{"main", "HEAD", true},
		{"recorded", "pr/7", true},
		{"", "pr/7", true},
		{"", "pr/7/merge", true},
		{"", "git:pr/7/merge", false},
		{"", "git:pr/7", false},
		{"", "HEAD", false},
		{"", "recorded", false},
		{"main", "", false},
		{"", "", false},
	} {
		if err := (Options{}).CheckPair("diff", test.base, test.candidate); (err == nil) != test.ok {
			t.Errorf("%q, %q: %v", test.base, test.candidate, err)
		}
	}
}

func TestCutRules(t *testing.T) {
	for word, want := range map[string][2]string{
		"main":                    {"main", "default"},
		"main@proto:5":            {"main", "proto:5"},
		"./lists@stack,+OOM":      {"./lists@stack,+OOM", "default"},
		"./l@x@hash,-SigTruncate": {"./l@x", "hash,-SigTruncate"},
		"main@{1}":                {"main@{1}", "default"},
		"main@{1}@2023":           {"main@{1}", "2023"},
		"@":                       {"@", "default"}, // HEAD
		"@stack":                  {"@stack", "default"},
		"@@stack":                 {"@", "stack"},
		"main@":                   {"main@", "default"},
		"exec:mail x@stack":       {"exec:mail x@stack", "default"},
		"python:main@stack":       {"python:main", "stack"},
		"a@stack@default":         {"a@stack", "default"},
	} {
		if spec, rules := CutRules(word); spec != want[0] || rules != want[1] {
			t.Errorf("%q: %q, %q, want %q", word, spec, rules, want)
		}
	}
}
