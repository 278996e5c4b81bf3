package screen

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

const shared = "../../../shared"

// linesTried is how many single lines each of the real lists is changed by.
const linesTried = 5

// TestRealLines screens the reference's crashes, with its proto signatures, for changes of real lists by one line: those
// of later lists, and lines taken out. It says how many crashes had to be fetched, and how many of those changed.
func TestRealLines(t *testing.T) {
	if _, err := os.Stat(shared + "/vectors"); err != nil {
		t.Skip("skipped: no ../shared beside the project, so there are no reference answers on real lists")
	}
	head := loadSet(t, "head")
	for _, name := range []string{"2019-01", "2022-11", "2024-06", "2025-01", "head"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := loadSet(t, name)
			rows := readRows(t, name)
			changes := siglists.Diff(base, head)
			for _, list := range siglists.Names() {
				for _, line := range base.List(list).Lines {
					changes = append(changes, siglists.Change{Line: line})
				}
			}
			random := rand.New(rand.NewPCG(17, 0))
			random.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
			var sum counts
			for _, change := range changes[:linesTried] {
				sum.add(screenChange(t, base, change, rows))
			}
			t.Logf("%d crashes screened, %d to fetch, %d of them changed", sum.screened, sum.fetched, sum.changed)
		})
	}
}

type counts struct{ screened, fetched, changed int }

func (c *counts) add(d counts) {
	c.screened += d.screened
	c.fetched += d.fetched
	c.changed += d.changed
}

type rowOfCrash struct {
	row   *Row
	crash *crashdata.Crash
}

func screenChange(t *testing.T, base *siglists.Set, change siglists.Change, rows []rowOfCrash) (n counts) {
	candidate := changedBy(t, base, change)
	s, w := newScreener(t, base, candidate), newWorkers(base, base, candidate)
	for _, r := range rows {
		got, err := s.Screen(r.row)
		if err != nil {
			t.Fatal(err)
		}
		before, after := made(t, w.base, r.crash).Signature, made(t, w.candidate, r.crash).Signature
		n.screened++
		if got.Verdict != Unchanged {
			n.fetched++
		}
		switch {
		case before == after:
		case got.Verdict == Unchanged:
			t.Errorf("%s: %s is unchanged (%s), and yet %q became %q", change, r.row.ID(), got.Reason, before, after)
		default:
			n.changed++
		}
	}
	return n
}

func loadSet(t *testing.T, name string) *siglists.Set {
	set, err := siglists.LoadDir(filepath.Join(shared, "siglists", name))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func readRows(t *testing.T, name string) (rows []rowOfCrash) {
	enginetest.EachVector(t, filepath.Join(shared, "vectors", "generated-"+name+".ndjson.gz"), func(v enginetest.Vector) {
		crash, err := crashdata.ParseProcessed(v.ProcessedCrash)
		if err != nil || v.ConvertError != "" {
			return
		}
		row, err := ParseRow(enginetest.Row(t, v.ProcessedCrash, v.Signature, v.ProtoSignature))
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, rowOfCrash{row, crash})
	})
	return rows
}

// changedBy is a set with one change made or, of a removed line, with that line taken out.
func changedBy(t *testing.T, set *siglists.Set, change siglists.Change) *siglists.Set {
	lists, of, text := linesOf(set), change.Line.List, change.Line.Text
	if change.Added {
		lists[of] = append(lists[of], text)
	} else {
		lists[of] = slices.DeleteFunc(lists[of], func(line string) bool { return line == text })
	}
	other, err := load(lists)
	if err != nil {
		t.Fatal(err)
	}
	return other
}
