package verify

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"testing"

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
	for i := range rapid.IntRange(1, 6).Draw(t, "crashes") {
		doc := oddModule.ReplaceAll(enginetest.DrawOddCrash(t, i), []byte(`{"module": "m$1`))
		if rapid.Bool().Draw(t, "plain") {
			doc = enginetest.DrawCrash(t, i, append(enginetest.MoreFrames(), "{a | b}", "{a", "b}", "a::operator | "))
		}
		signature, proto := recorded(t, service, doc)
		hits = append(hits, hit(t, i, doc, signature, proto, 20))
	}
	return hits
}

// hit is a crash as a search lists it that was sent long ago, and processed on a day.
func hit(t *rapid.T, i int, doc []byte, signature string, proto *string, processed int) fetch.Hit {
	row := bytes.TrimSuffix(enginetest.Row(t, doc, signature, proto), []byte("}"))
	return fetch.Hit{ID: enginetest.ID(i), Date: day(1), Columns: fmt.Appendf(row, `, "processor_notes": %q}`, notes(day(processed)))}
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

// recorded is what a service with some siglists records of a crash.
func recorded(t *rapid.T, service *siglists.Set, doc []byte) (signature string, proto *string) {
	crash, err := crashdata.ParseProcessed(doc)
	if err != nil {
		t.Fatal(err)
	}
	result, err := signatures.NewGenerator(service, signatures.DefaultRules()).Worker().Explain(crash)
	if err != nil {
		t.Fatal(err)
	}
	if result.HasProto {
		proto = &result.ProtoSignature
	}
	return result.Signature, proto
}

// TestChangedInBetween: of a service that takes the change on some day, or never, with crashes that it processes again, the report
// never says that it has the change if it hasn't, nor that it lacks what one of the crashes shows.
func TestChangedInBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := enginetest.DrawSet(t, "base")
		candidate, err := base.With(enginetest.DrawChanges(t, base))
		if err != nil {
			t.Skip("lines that don't go together")
		}
		const today = 25
		deployed := rapid.IntRange(1, today+5).Draw(t, "deployed")
		r := &Report{Since: day(rapid.IntRange(1, today).Draw(t, "since")), Crashes: &Crashes{}}
		var hits []fetch.Hit
		for i, date := range slices.Backward(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.IntRange(1, today), 1, 8).Draw(t, "dates")))) {
			doc, processed, service := enginetest.DrawCrash(t, i, enginetest.MoreFrames()), date, base
			if rapid.Bool().Draw(t, "again") {
				processed = rapid.IntRange(date, today).Draw(t, "processed")
			}
			if processed >= deployed {
				service = candidate
			}
			signature, proto := recorded(t, service, doc)
			if !day(date).Before(r.Since) {
				hits = append(hits, hit(t, i, doc, signature, proto, processed))
			}
			if rapid.Bool().Draw(t, "named") {
				before, _ := recorded(t, base, doc)
				after, _ := recorded(t, candidate, doc)
				r.Crashes.Crashes = append(r.Crashes.Crashes, Crash{ID: enginetest.ID(i), Before: before, Expected: after, Signature: signature, Processed: day(processed)})
			}
		}
		shown := 0
		for _, c := range siglists.Diff(base, candidate) {
			line, err := linesearch.New(c)
			if err != nil {
				t.Fatal(err)
			}
			judge, err := NewJudge(base, candidate, nil)
			if err != nil {
				t.Fatal(err)
			}
			l, err := judge.Line(line, &fetch.Look{Hits: hits, Total: len(hits)})
			if err != nil {
				t.Fatal(err)
			}
			r.Lines, shown = append(r.Lines, l), shown+l.With
		}
		r.Decide()
		shown += r.Crashes.Counts[New]
		if has := deployed <= today; r.Verdict == Deployed && !has || r.Verdict == NotDeployed && has && shown > 0 {
			t.Fatalf("deployed on %d: %+v, %+v", deployed, r, r.Crashes)
		}
	})
}
