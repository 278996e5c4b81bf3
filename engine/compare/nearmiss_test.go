package compare

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/engine/table"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// nearPieces are what drawn lines and frames are made of: letters that have more than two cases, bytes
// that are no text, and what patterns are made of.
var nearPieces = []string{
	"s", "S", "ſ", "k", "K", "\u212a", "i", "I", "İ", "ı", "ick", "kiss", "SICK", "_", "__", "::", "ß", "é", "É", "\xff", "\ufffd", "\n",
	".*", `\w`, `\.`, "(?i:k)", "[sk]", "_?", "|", "(s|k)", "$", "^", "k+", "{2}", "(?=s)", "(?-i:k)", `\$`, "(?i)", "(?x)", " #", "<T>", "<",
}

func drawText(t *rapid.T, label string) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(nearPieces), 1, 5).Draw(t, label), "")
}

// drawNearLine is a changed line that matches a frame or none.
func drawNearLine(t *rapid.T) lineTally {
	line := siglists.Line{List: rapid.SampledFrom(siglists.Names()).Draw(t, "list"), Text: drawText(t, "line")}
	if _, err := pyre.Parse(line.Text); err != nil && line.List != siglists.Sentinels {
		line.Text = regexp.QuoteMeta(line.Text)
	}
	tally := newLineTally(siglists.Change{Line: line, Added: rapid.Bool().Draw(t, "added")})
	if rapid.Bool().Draw(t, "live") {
		tally.Frames["matched"] = struct{}{}
	}
	return tally
}

// drawNearFrame is a frame of its own, or one that a line's text is changed to, in which letters may have
// become others of their kind.
func drawNearFrame(t *rapid.T, lines []lineTally) table.Seen {
	text := rapid.SampledFrom(lines).Draw(t, "near").Change.Line.Text
	if rapid.Bool().Draw(t, "far") {
		text = drawText(t, "frame")
	}
	from := rapid.SampledFrom([]string{"s", "k", "i", "K", "_", "\xff", `\`}).Draw(t, "from")
	text = strings.ReplaceAll(text, from, rapid.SampledFrom([]string{from, "S", "ſ", "K", "\u212a", "k", "İ", "ı", "", "\xfe"}).Draw(t, "to"))
	switch rapid.IntRange(0, 3).Draw(t, "case") {
	case 0:
		text = strings.ToUpper(text)
	case 1:
		text = strings.ToLower(text)
	}
	text = rapid.SampledFrom([]string{"", "_", "__", "x", "é"}).Draw(t, "before") + text
	hit := func(label string) bool { return rapid.IntRange(0, 3).Draw(t, label) == 0 }
	list := func(label string) string {
		if hit(label) {
			return "" // which matches everything
		}
		return `\Z_`
	}
	c := signatures.Classify(enginetest.NewSet(t, "", list("irrelevant"), list("prefix"), "x"), crashdata.Frame{Text: text})
	c.Lined = hit("lined")
	return table.Seen{Classified: c, Crashes: rapid.IntRange(0, 3).Draw(t, "crashes")}
}

// plainNearMisses tries every variant of a line on every frame.
func plainNearMisses(line siglists.Line, frames []table.Seen, dead bool) map[string]map[string]int {
	var misses map[string]map[string]int
	for _, v := range variants(line) {
		if !dead && !ofSiblings(v.how) {
			continue
		}
		for _, f := range frames {
			left := dead && !IsLikely(v.how) || dead && !taken(f.Classified, line.List) || !dead && !decided(f.Classified, line.List)
			if left && v.matches(nil, f.Text) {
				misses = put(misses, v.how, count(misses[v.how], f.Text, f.Crashes))
			}
		}
	}
	return misses
}

// TestNearMissesArePlain holds the search for near misses against trying every variant on every frame.
func TestNearMissesArePlain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var lines []lineTally
		for range rapid.IntRange(1, 5).Draw(t, "lines") {
			lines = append(lines, drawNearLine(t))
		}
		var frames []table.Seen
		for range rapid.IntRange(0, 20).Draw(t, "frames") {
			frames = append(frames, drawNearFrame(t, lines))
		}
		findNearMisses(nil, lines, frames, rapid.IntRange(1, 3).Draw(t, "workers"))
		for _, line := range lines {
			var near, missed map[string]map[string]int
			if len(line.Frames) == 0 {
				near = plainNearMisses(line.Change.Line, frames, true)
			}
			if line.Change.Added {
				missed = plainNearMisses(line.Change.Line, frames, false)
			}
			if diff := cmp.Diff([]any{near, missed}, []any{line.Near, line.Missed}); diff != "" {
				t.Fatalf("%+q (-plain +searched):\n%s", line.Change.Line.Text, diff)
			}
		}
	})
}

// TestSlipsAreFoundOnce: one of the two halves of a name finds each frame that is a letter away, and only one counts it.
func TestSlipsAreFoundOnce(t *testing.T) {
	letters := rapid.StringOfN(rapid.RuneFrom([]rune("ab:_é1")), 16, 20, -1)
	rapid.Check(t, func(t *rapid.T) {
		line := siglists.Line{List: siglists.Sentinels, Text: letters.Draw(t, "name")}
		if rapid.Bool().Draw(t, "start") {
			line.List = siglists.Prefix
		}
		frame, at := []rune(line.Text), rapid.IntRange(0, 14).Draw(t, "at")
		switch rapid.IntRange(0, 3).Draw(t, "slip") {
		case 0:
			frame[at], frame[at+1] = frame[at+1], frame[at]
		case 1:
			frame = slices.Delete(frame, at, at+1)
		case 2:
			frame = slices.Insert(frame, at, 'x')
		case 3:
			frame[at] = 'x'
		}
		text := string(frame) + rapid.SampledFrom([]string{"", "::x", "x"}).Draw(t, "rest")
		_, near := siglists.Near(line)
		found := 0
		for _, v := range oneAway(line) {
			if v.matches(nil, text) {
				found++
				if !strings.Contains(text, v.has) {
					t.Fatalf("%q isn't found by %q", text, v.has)
				}
			}
		}
		if want := map[bool]int{true: 1}[near(text)]; found != want {
			t.Fatalf("%q is found %d times, want %d", text, found, want)
		}
	})
}

// TestNearMissesOfOddLines: the Kelvin sign is a k in another case, and the long s an s; and lines that drawn
// ones seldom are.
func TestNearMissesOfOddLines(t *testing.T) {
	none := enginetest.NewSet(t, "", `\Z_`, `\Z_`, `\Z_`)
	for _, test := range []struct{ line, frame, want string }{
		{"Ki\u212a::a", "\u212aik::a", otherCase}, // as many bytes
		{"brisk.*", "bri\u017f\u212a", otherCase},
		{"bri\u017f\u212a.*", "BRISK", otherCase},
		{"stÉrn", "stérn::x", otherCase},
		{"sick", "xsick", ""}, // further along in the frame is another function
		{"sick", "__sick", withUnderscores},
		{"sick.+", "_sick::a", withUnderscores},
		{"_a", "a", withoutUnderscores},
		{"_a", "__a", otherUnderscores},
		{"__a", "_a", otherUnderscores},
		{"_____a", "__a", otherUnderscores},
		{"_sick.+", "sick::a", withoutUnderscores},
		{"_sick.+", "__sick::a", otherUnderscores},
		{"__sick.+", "_sick::a", otherUnderscores},
		{"^_(sick|bay)$", "__bay", otherUnderscores},
		{"sick|_bay", "__bay", otherUnderscores},
		{"(?:_sick|_bay)", "bay", withoutUnderscores},
		{"_?sick", "__sick", otherUnderscores},
		{"sick.+", "sick", ""},  // that are template arguments, and any other text
		{`\w+sick`, "sick", ""}, // an underscore would stand for a letter
		{"_sick", "_", ""},
		{"_|sick", "x", ""},
		{"sick<T>", "sick", OtherArguments},
		{"sick<.*", "sick", OtherArguments},
		{"sick(<T>)+", "sick", OtherArguments},
		{"sick$", "sick<T>", OtherArguments},
		{"sick<.*>::bay", "sick::bay", ""}, // another class
		{"sick<T>::bay", "sick", ""},
		{"sick::bay::lower", "sick::bay::Lower", otherCase + ` [{sick::bay::Lower 2}]} {` + OneAway},
		// A sentinel is the whole frame.
		{"= sick", "_sick", withUnderscores},
		{"= sick", "_sickly", ""},
		{"= sick", "SICK", otherCase},
		{"= sick", "SICKLY", ""},
		{"= sick", "sick<T>", OtherArguments},
		{"= sick", "sick<T>::bay", ""},
		{"= sick<T>", "sick", OtherArguments},
		{"= si.k", "_sick", ""},
		{"= si$", "_si$", withUnderscores},
	} {
		line := siglists.Line{List: siglists.Prefix, Text: test.line}
		if text, whole := strings.CutPrefix(test.line, "= "); whole {
			line = siglists.Line{List: siglists.Sentinels, Text: text}
		}
		lines := []lineTally{newLineTally(siglists.Change{Line: line, Added: true})}
		findNearMisses(nil, lines, []table.Seen{{Classified: signatures.Classify(none, crashdata.Frame{Text: test.frame}), Crashes: 2}}, 1)
		want := fmt.Sprintf("[{%s [{%s 2}]}]", test.want, test.frame)
		if test.want == "" {
			want = "[]"
		}
		if got := fmt.Sprint(sortNearMisses(lines[0].Near)); got != want {
			t.Errorf("%s: %s, want %s", test.line, got, want)
		}
	}
}

// TestNearMissesOfTakenFrames: of frames that another line takes, what it takes them for tells whether a line was meant for
// them too, or could do with them.
func TestNearMissesOfTakenFrames(t *testing.T) {
	const text, nothing = "guard_nop_of_a_name", `\Z_`
	takers := []struct {
		name                            string
		sentinels, irrelevant, prefixes string
		lined                           bool
	}{
		{"none", "s", nothing, nothing, false},
		{"sentinel", text, nothing, nothing, false},
		{"irrelevant", "s", text, nothing, false},
		{"prefix", "s", nothing, text, false},
		{"lined", "s", nothing, nothing, true},
	}
	for list, want := range map[siglists.Name][2]string{
		siglists.Sentinels:   {"none irrelevant prefix lined", "none lined"},
		siglists.Irrelevant:  {"none sentinel prefix lined", "none sentinel lined"},
		siglists.Prefix:      {"none sentinel lined", "none sentinel lined"},
		siglists.LineNumbers: {"none sentinel irrelevant prefix", "none sentinel irrelevant prefix"},
	} {
		var near, missed []string
		for _, taker := range takers {
			frame := signatures.Classify(enginetest.NewSet(t, taker.sentinels, taker.irrelevant, taker.prefixes, "x"), crashdata.Frame{Text: text})
			frame.Lined = taker.lined
			lines := []lineTally{newLineTally(siglists.Change{Line: siglists.Line{List: list, Text: "_" + text}, Added: true})}
			findNearMisses(nil, lines, []table.Seen{{Classified: frame, Crashes: 1}}, 1)
			if len(lines[0].Near[OneAway]) > 0 {
				near = append(near, taker.name)
			}
			if len(lines[0].Missed) > 0 {
				missed = append(missed, taker.name)
			}
		}
		if got := [2]string{strings.Join(near, " "), strings.Join(missed, " ")}; got != want {
			t.Errorf("%s: near and missed of %q, want %q", list, got, want)
		}
	}
}

// TestNearMissesEnd: a search that is cancelled finds nothing more.
func TestNearMissesEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	lines := []lineTally{newLineTally(siglists.Change{Line: siglists.Line{List: siglists.Prefix, Text: "a"}, Added: true})}
	findNearMisses(pyre.NewBudget(ctx, 1000, nil), lines, []table.Seen{{Classified: signatures.Classify(enginetest.NewSet(t, "", "x", "x", "x"), crashdata.Frame{Text: "_a"})}}, 1)
	if lines[0].Near != nil || lines[0].Missed != nil {
		t.Errorf("%+v", lines[0])
	}
}
