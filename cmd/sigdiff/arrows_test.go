package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sigdiff/sigdiff/"

// arrows says which of our packages each of our packages may import; packages below one of these may
// import what it may, and each other. Those of internal are told apart. Tests may import more.
var arrows = map[string][]string{
	"crashid":  {"internal/address"},
	"siglists": {"siglists"},
	"pyjson":   {},
	"engine":   {"engine", "siglists", "pyjson"},
	"cache":    {"cache", "crashid"},
	"fetch":    {"fetch", "crashid", "pyjson", "internal/address", "internal/plural"},
	"corpora":  {"corpora", "crashid", "engine", "cache", "siglists", "pyjson"},
	"report":   {"report", "engine", "siglists", "internal/plural"},

	"internal/address":        {},
	"internal/atomicfile":     {},
	"internal/exit":           {},
	"internal/plural":         {},
	"internal/terminal":       {"report"},
	"internal/madeup":         {},
	"internal/crashstatstest": {"crashid"},
	"internal/spec":           {"siglists", "engine", "corpora", "report", "fetch", "internal/exit", "internal/plural"},
	"internal/timeline":       {"siglists", "engine", "cache", "corpora", "report", "internal/exit", "internal/plural", "internal/spec"},
	"internal/parity":         {"engine", "cache", "corpora", "fetch", "report", "internal/exit", "internal/plural"},
	"internal/benchmark":      {"engine", "cache", "corpora", "report", "internal/exit"},
}

func TestImportArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		from := top(words[0])
		allowed, known := arrows[from]
		if from == "cmd" {
			continue
		}
		if !known {
			t.Errorf("%s is in no place that the design knows", words[0])
		}
		for _, imported := range words[1:] {
			if strings.HasPrefix(imported, module) && !slices.Contains(allowed, top(imported)) {
				t.Errorf("%s imports %s; %s may import only %v", words[0], imported, from, allowed)
			}
		}
	}
}

// top is the top folder of a package of ours, or its folder in internal.
func top(path string) string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, module), "/")
	if first != "internal" {
		return first
	}
	second, _, _ := strings.Cut(rest, "/")
	return first + "/" + second
}
