package report

import (
	"bytes"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

func reportSchema(t *testing.T) (compiled *jsonschema.Schema, document map[string]any) {
	t.Helper()
	content, err := os.ReadFile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", parsed); err != nil {
		t.Fatal(err)
	}
	if compiled, err = compiler.Compile("schema.json"); err != nil {
		t.Fatal(err)
	}
	return compiled, parsed.(map[string]any)
}

// TestSchema holds reports to schema.json, and schema.json to the reports: a key that it doesn't describe is
// one that nobody can rely on.
func TestSchema(t *testing.T) {
	compiled, document := reportSchema(t)
	linted := nasty()
	linted.Lint = []lint.Finding{{
		Place: lint.Place{File: siglists.Irrelevant.File(), Line: 57, Text: "foo"}, Check: "shadowed", Severity: lint.Warning, Message: "adds nothing",
		Other: &lint.Place{File: siglists.Irrelevant.File(), Line: 56, Text: "fo"},
	}}
	for name, r := range map[string]*Report{"nasty": nasty(), "linted": linted, "expected": expected(), "bugs": withBugs(), "searched": searched(), "screening": screened(), "empty": {Base: Side{Kind: "dir"}, Candidate: Side{Kind: "recorded"}}, "big": big(300), "code": codeDiffers()} {
		out := render(t, "json", r, Options{})
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(out))
		if err != nil {
			t.Fatal(err)
		}
		if err := compiled.Validate(instance); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		described(t, name, instance, document, document["$defs"].(map[string]any))
	}
}

// described checks that every key of a value is in its part of the schema.
func described(t *testing.T, path string, value any, part, defs map[string]any) {
	t.Helper()
	if ref, ok := part["$ref"].(string); ok {
		part = defs[ref[len("#/$defs/"):]].(map[string]any)
	}
	switch v := value.(type) {
	case map[string]any:
		properties := part["properties"].(map[string]any)
		for key, inner := range v {
			property, ok := properties[key].(map[string]any)
			if !ok {
				t.Errorf("%s.%s is not in the schema", path, key)
				continue
			}
			described(t, path+"."+key, inner, property, defs)
		}
	case []any:
		for _, inner := range v {
			described(t, path+"[]", inner, part["items"].(map[string]any), defs)
		}
	}
}

// TestSchemaIsExplained: people find each key of the schema on the page about it, or on lint's.
func TestSchemaIsExplained(t *testing.T) {
	var pages []byte
	for _, name := range []string{"../docs/report-schema.md", "../docs/lint.md"} {
		page, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, page...)
	}
	_, document := reportSchema(t)
	parts := []any{document}
	for _, part := range document["$defs"].(map[string]any) {
		parts = append(parts, part)
	}
	for len(parts) > 0 {
		part, _ := parts[0].(map[string]any)
		properties, _ := part["properties"].(map[string]any)
		for key, property := range properties {
			if !bytes.Contains(pages, []byte("`"+key+"`")) && !bytes.Contains(pages, []byte(`"`+key+`"`)) {
				t.Errorf("docs/report-schema.md doesn't explain %s", key)
			}
			parts = append(parts, property)
		}
		if items := part["items"]; items != nil {
			parts = append(parts, items)
		}
		parts = parts[1:]
	}
}

// TestSchemaRefuses checks that the schema is no formality.
func TestSchemaRefuses(t *testing.T) {
	compiled, _ := reportSchema(t)
	for name, spoil := range map[string]func(map[string]any){
		"another version":  func(r map[string]any) { r["schema"] = json.Number("2") },
		"no totals":        func(r map[string]any) { delete(r, "totals") },
		"null for a list":  func(r map[string]any) { r["groups"] = nil },
		"an unknown kind":  func(r map[string]any) { r["groups"].([]any)[0].(map[string]any)["kind"] = "moved" },
		"an unknown list":  func(r map[string]any) { r["lines"].([]any)[0].(map[string]any)["list"] = "prefix" },
		"a negative count": func(r map[string]any) { r["totals"].(map[string]any)["missing"] = json.Number("-1") },
	} {
		instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(render(t, "json", nasty(), Options{})))
		if err != nil {
			t.Fatal(err)
		}
		spoil(instance.(map[string]any))
		if compiled.Validate(instance) == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// TestJSONKeepsData checks that every string comes back as it was; only bytes that are no UTF-8 can't.
func TestJSONKeepsData(t *testing.T) {
	r := nasty()
	var got jsonReport
	if err := json.Unmarshal(render(t, "json", r, Options{Limit: 1}), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Groups) != len(r.Groups) {
		t.Fatalf("%d groups, want all %d whatever the limit", len(got.Groups), len(r.Groups))
	}
	for i, g := range r.Groups {
		if g.Base != escapes && (got.Groups[i].Base != g.Base || got.Groups[i].Candidate != g.Candidate) {
			t.Errorf("group %d is %q to %q, want %q to %q", i, got.Groups[i].Base, got.Groups[i].Candidate, g.Base, g.Candidate)
		}
	}
	if !reflect.DeepEqual(compare.Totals(got.Totals), r.Totals) {
		t.Errorf("totals %v, want %v", got.Totals, r.Totals)
	}
}

func screened() *Report {
	r := expected()
	r.Screening = &Screening{Crashes: 10, Compared: 3, Screened: 6, Left: 1, Requests: 4, Grounds: []Ground{
		{Verdict: CachedGround, Crashes: 1, Compared: 1, IDs: []string{"a"}},
		{Verdict: "unchanged", Reason: "because", Crashes: 6, IDs: []string{"b"}},
		{Verdict: "may change", Crashes: 3, Compared: 2, Changed: 1, IDs: []string{"c"}},
	}}
	return r
}

// TestScreeningAddsUp says of every crash on which ground it stands.
func TestScreeningAddsUp(t *testing.T) {
	const want = "6 of 10 crashes stand on screening alone: what the search says of them makes the same signature on both sides. 1 was cached. " +
		"Of 3 that may change, or that screening can't tell, 2 were compared in full: 1 changed; 1 was not compared"
	for _, name := range []string{"text", "markdown", "json"} {
		var b bytes.Buffer
		if err := ComparisonFormats().Render(&b, name, screened(), Options{}); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%s: %v\n%s", name, err, b.String())
		}
	}
}

func withBugs() *Report {
	r := bugsReport()
	r.Base.Kind, r.Candidate.Kind = "git", "git"
	for i := range r.Groups {
		r.Groups[i].Kind = compare.Mixed
	}
	r.Bugs = NewBugs(r, map[int][]string{30: {"a | b"}, 31: {"c"}}, map[string]FirstSeen{"a": {"2025-01-02T03:04:05+00:00", "20250101"}})
	return r
}
