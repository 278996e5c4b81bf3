package main

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/sigdiff/sigdiff/"

// arrows says which of our packages each of our packages may import. A folder stands for the packages in it, unless one
// of them has an entry of its own; they may import each other. All may import internal/lazyregexp. Tests may import more.
var arrows = map[string][]string{
	"crashid":           {"internal/address"},
	"siglists":          {"siglists", "internal/address"},
	"siglists/lint":     {"siglists", "internal/plural"},
	"engine/crashdata":  {"internal/pyjson", "siglists"},
	"engine/signatures": {"engine/crashdata", "siglists", "internal/pyjson"},
	"engine/table":      {"engine/signatures", "engine/crashdata", "siglists"},
	"engine/compare":    {"engine/table", "engine/signatures", "engine/crashdata", "siglists"},
	"engine/concerns":   {"engine/compare", "engine/signatures", "engine/crashdata", "siglists"},
	"engine/facts":      {"engine/compare", "engine/signatures", "engine/crashdata", "siglists"},
	"engine/cases":      {"engine/signatures", "engine/crashdata", "siglists", "internal/pyjson"},
	"engine/correlate":  {"engine/table", "engine/signatures", "engine/crashdata", "siglists"},
	"engine/lines":      {"engine/table", "engine/signatures", "engine/crashdata", "siglists"},
	"engine/pipelines":  {"engine/table", "engine/signatures", "engine/crashdata", "siglists"},
	"engine/screen":     {"engine/signatures", "engine/crashdata", "siglists", "internal/pyjson"},
	"engine/suggest":    {"engine/table", "engine/signatures", "engine/crashdata", "siglists", "internal/plural"},
	"engine/history":    {"engine/table", "engine/compare", "engine/signatures", "engine/crashdata", "siglists"},
	"engine":            {"engine", "siglists"},
	"cache":             {"cache/boltfile", "cache/filelock", "crashid", "internal/meant"},
	"cache/boltfile":    {},
	"cache/filelock":    {},
	"fetch":             {"fetch", "crashid", "internal/pyjson", "internal/address", "internal/meant", "internal/plural"},
	"corpora":           {"corpora", "crashid", "engine", "cache", "siglists", "internal/pyjson"},
	"report":            {"report", "engine", "siglists", "internal/plural", "internal/pyjson"},
	"serve":             {"engine", "siglists"},
	"workbench":         {"engine", "siglists", "report", "internal/edited", "internal/plural", "internal/shell"},
	"workbench/web":     {"workbench", "siglists", "report"},

	"internal/pyjson":         {"siglists"},
	"internal/address":        {},
	"internal/atomicfile":     {},
	"internal/exit":           {},
	"internal/plural":         {},
	"internal/lazyregexp":     {},
	"internal/terminal":       {"report"},
	"internal/enginetest":     {"siglists"},
	"internal/cachetest":      {"cache", "corpora", "internal/enginetest"},
	"internal/browsertest":    {},
	"internal/madeup":         {"siglists"},
	"internal/crashstatstest": {"crashid"},
	"internal/shell":          {},
	"internal/site":           {"engine/crashdata", "workbench", "internal/site/crashfile"},
	"internal/site/crashfile": {"engine/crashdata", "engine/table", "siglists", "report", "workbench", "internal/edited"},
	"internal/site/wasm":      {"workbench", "internal/site/crashfile"},
	"internal/edited":         {"siglists", "engine", "report", "internal/exit", "internal/plural", "internal/shell"},
	"internal/execside":       {"siglists", "engine", "internal/pyjson"},
	"internal/spec":           {"siglists", "engine", "corpora", "report", "fetch", "internal/edited", "internal/execside", "internal/exit", "internal/plural"},
	"internal/linesearch":     {"siglists", "engine/screen", "fetch", "internal/plural"},
	"internal/screening":      {"siglists", "engine", "cache", "corpora", "report"},
	"internal/config":         {"internal/spec", "internal/exit", "internal/meant"},
	"internal/meant":          {},
	"internal/memory":         {},
	"internal/verify":         {"siglists", "engine", "fetch", "report", "internal/linesearch", "internal/plural"},
	"internal/timeline":       {"siglists", "engine", "cache", "corpora", "report", "fetch", "internal/edited", "internal/exit", "internal/plural", "internal/spec"},
	"internal/parity":         {"engine", "cache", "corpora", "fetch", "report", "internal/exit", "internal/plural"},
	"internal/benchmark":      {"engine", "cache", "corpora", "report", "internal/exit", "internal/plural"},
}

// importsFormat is a line for a package: its path, and what it imports.
const importsFormat = `{{.ImportPath}} {{join .Imports " "}}`

func TestImportArrows(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", importsFormat, module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	checkArrows(t, string(out))
	checkRows(t, string(out))
}

// checkRows checks that each package of lines of importsFormat has its row in CONTRIBUTING.md, and each row its folder.
func checkRows(t *testing.T, imports string) {
	t.Helper()
	text := readText(t, "../../CONTRIBUTING.md")
	for line := range strings.Lines(imports) {
		path := strings.TrimPrefix(strings.Fields(line)[0], module)
		if short, ok := strings.CutPrefix(path, "internal/"); !strings.Contains(text, "`"+path+"/`") && !(ok && strings.Contains(text, ", `"+short+"/`")) {
			t.Errorf("%s has no row in the table of CONTRIBUTING.md", path)
		}
	}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+)/`").FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat("../../" + row[1]); err != nil {
			t.Errorf("CONTRIBUTING.md has a row for %s: %v", row[1], err)
		}
	}
}

// checkArrows checks lines of importsFormat.
func checkArrows(t *testing.T, imports string) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(imports), "\n") {
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
			if ours && path != "internal/lazyregexp" && !slices.ContainsFunc(allowed, func(to string) bool { return path == to || strings.HasPrefix(path, to+"/") }) {
				t.Errorf("%s imports %s; %s may import only %v", words[0], imported, from, allowed)
			}
		}
	}
}

// heavy are packages that the engine of sites does without: each reader of a page loads all that it imports.
var heavy = []string{
	"crypto/tls", "crypto/x509", "github.com/olekukonko/tablewriter", "net", "net/http", "os/exec", module + "serve", module + "workbench/web", module + "internal/site",
}

// TestImportArrowsOfEngine: what sites run in browsers keeps its arrows, and imports nothing heavy.
func TestImportArrowsOfEngine(t *testing.T) {
	imports := func(args ...string) string {
		list := exec.Command("go", append([]string{"list"}, args...)...)
		list.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	checkArrows(t, imports("-f", importsFormat, module+"internal/site/wasm"))
	deps := strings.Fields(imports("-deps", module+"internal/site/wasm"))
	for _, path := range heavy {
		if slices.Contains(deps, path) {
			t.Errorf("the engine of sites imports %s", path)
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
