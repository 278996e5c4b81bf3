package verify

import (
	"regexp"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/internal/linesearch"
	"github.com/sigdiff/sigdiff/siglists"
)

// oddModule is a module that has the name of a function, as none has.
var oddModule = regexp.MustCompile(`\{"module": "[^"]*::([^"]*")`)

// drawHits are crashes as a search lists them, of a service with some siglists.
func drawHits(t *rapid.T, service *siglists.Set) (hits []fetch.Hit) {
	worker := signatures.NewGenerator(service, signatures.DefaultRules()).Worker()
	for i := range rapid.IntRange(1, 6).Draw(t, "crashes") {
		doc := oddModule.ReplaceAll(enginetest.DrawOddCrash(t, i), []byte(`{"module": "m$1`))
		if rapid.Bool().Draw(t, "plain") {
			doc = enginetest.DrawCrash(t, i, append(enginetest.MoreFrames(), "{a | b}", "{a", "b}", "a::operator | "))
		}
		crash, err := crashdata.ParseProcessed(doc)
		if err != nil {
			t.Fatal(err)
		}
		result, err := worker.Explain(crash)
		if err != nil {
			t.Fatal(err)
		}
		var proto *string
		if result.HasProto {
			proto = &result.ProtoSignature
		}
		hits = append(hits, fetch.Hit{ID: enginetest.ID(i), Date: time.Now(), Columns: enginetest.Row(t, doc, result.Signature, proto)})
	}
	return hits
}

// TestNoCrashIsMistaken: no crash of a service that has the base tells of the change, and none of one that has the
// candidate, or what that became, that it is lacking.
func TestNoCrashIsMistaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := enginetest.DrawSet(t, "base")
		candidate, err := base.With(enginetest.DrawChanges(t, base))
		if err != nil {
			t.Skip("lines that don't go together")
		}
		later, err := candidate.With(enginetest.DrawChanges(t, candidate))
		if err != nil {
			t.Skip("lines that don't go together")
		}
		judge, err := NewJudge(base, candidate, later)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range siglists.Diff(base, candidate) {
			line, err := linesearch.New(c)
			if err != nil {
				t.Fatal(err)
			}
			has := func(set *siglists.Set) bool { return set.List(c.Line.List).Has(c.Line.Text) == c.Added }
			for _, service := range []*siglists.Set{base, candidate, later} {
				got, err := judge.Line(line, &fetch.Look{Hits: drawHits(t, service)})
				if err != nil {
					t.Fatal(err)
				}
				if service == base && got.With > 0 || service == candidate && got.Without > 0 || service == later && has(later) && got.Without > 0 {
					t.Fatalf("%s: base %t, later %t: %+v", c.Edit(), service == base, service == later, got)
				}
			}
		}
	})
}
