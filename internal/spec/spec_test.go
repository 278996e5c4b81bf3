package main

import "testing"

func TestParseSpec(t *testing.T) {
	for spec, want := range map[string]struct {
		kind specKind
		word string
	}{
		"main":         {specWord, "main"},
		"siglists/new": {specWord, "siglists/new"},
		"HEAD~3":       {specWord, "HEAD~3"},
		"-x":           {specWord, "-x"},
		"":             {specWord, ""},
		"pr/x":         {specWord, "pr/x"},
		"Recorded":     {specWord, "Recorded"},
		"dir:main":     {specDir, "main"},
		"dir:git:x":    {specDir, "git:x"},
		".":            {specDir, "."},
		"../other":     {specDir, "../other"},
		"./recorded":   {specDir, "./recorded"},
		"main/":        {specDir, "main/"},
		"git:main":     {specGit, "main"},
		"git:recorded": {specGit, "recorded"},
		"git:pr/7":     {specGit, "pr/7"},
		"git:dir:x":    {specGit, "dir:x"},
		"pr/7078":      {specPull, "pr/7078"},
		"pr/7/merge":   {specMerge, "pr/7/merge"},
		"pr/7/head":    {specWord, "pr/7/head"},
		"recorded":     {specRecorded, "recorded"},
		"accepted":     {specAccepted, "accepted"},
	} {
		if kind, word := parseSpec(spec); kind != want.kind || word != want.word {
			t.Errorf("%q: %d, %q, want %d, %q", spec, kind, word, want.kind, want.word)
		}
	}
	absolute := t.TempDir()
	if kind, word := parseSpec(absolute); kind != specDir || word != absolute {
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
		if err := checkPair("diff", test.base, test.candidate); (err == nil) != test.ok {
			t.Errorf("%q, %q: %v", test.base, test.candidate, err)
		}
	}
}
