package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sigdiff/sigdiff/"

// arrows says which of our packages each of our packages may import. A folder stands for the packages in it, unless one
// of them has an entry of its own; they may import each other. Tests may import more.
var arrows = map[string][]string{
	"siglists":          {"siglists"},
	"internal":          {"internal", "siglists"},
	"engine/crashdata":  {"internal", "siglists"},
	"engine/signatures": {"engine/crashdata", "siglists", "internal"},
	"engine/compare":    {"engine/signatures", "engine/crashdata", "siglists"},
	"engine/history":    {"engine/compare", "engine/signatures", "engine/crashdata", "siglists"},
	"engine":            {"engine", "siglists"},
	"cache":             {"cache"},
	"fetch":             {"fetch", "internal"},
	"corpora":           {"corpora", "engine", "cache", "siglists", "internal"},
	"report":            {"report", "engine", "siglists", "internal"},
}

func TestImportArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		from := strings.TrimPrefix(words[0], module)
		if from = place(from); from == "" && strings.HasPrefix(words[0], module+"cmd/") {
			continue
		}
		allowed, known := arrows[from]
		if !known {
			t.Errorf("%s is in no place that the design knows", words[0])
		}
		for _, imported := range words[1:] {
			path, ours := strings.CutPrefix(imported, module)
			if ours && !slices.ContainsFunc(allowed, func(to string) bool { return path == to || strings.HasPrefix(path, to+"/") }) {
				t.Errorf("%s imports %s; %s may import only %v", words[0], imported, from, allowed)
			}
		}
	}
}

// place is the entry of arrows that holds for a package.
func place(path string) string {
	for path != "" {
		if _, ok := arrows[path]; ok {
			return path
		}
		path = path[:max(0, strings.LastIndex(path, "/"))]
	}
	return ""
}
