package compare

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/siglists"
)

// sketch is the part of a tally that the cases below tell.
type sketch struct {
	Groups   []string
	Verdicts []string
	Idle     []string
}

func sketchOf(tally *Tally) sketch {
	var s sketch
	for _, g := range tally.Groups() {
		text := fmt.Sprintf("%d %s %q -> %q", g.Crashes, g.Kind, g.Base, g.Candidate)
		if len(g.RuleChanges) > 0 {
			text += " rules " + strings.Join(g.RuleChanges, " ")
		}
		if g.Kind == Merged || g.Kind == Mixed {
			text += fmt.Sprintf(" next %d from %d had %d", g.NextFrames, g.From, g.Had)
		}
		for _, c := range g.Causes {
			text += fmt.Sprintf(" %s %s %d", c.Kind, c.Line.Text, c.Crashes)
		}
		s.Groups = append(s.Groups, text)
	}
	for _, v := range tally.Verdicts() {
		text := fmt.Sprintf("%s %s %d frames %d crashes", v.Change.Line.Text, v.Kind, v.Frames, v.Crashes)
		for _, taker := range v.Takers {
			text += " taker " + taker.Line.Text
		}
		for _, miss := range append(v.NearMisses, v.Missed...) {
			text += " " + miss.How + ":"
			for _, f := range miss.Frames {
				text += fmt.Sprintf(" %s %d", f.Frame, f.Crashes)
			}
		}
		for _, longer := range v.Longer {
			text += fmt.Sprintf(" longer %s %d", longer.Frame, longer.Crashes)
		}
		for _, cut := range v.Cuts {
			text += fmt.Sprintf(" cuts %s %d", cut.Frame, cut.Crashes)
		}
		if v.MidWord > 0 {
			text += fmt.Sprintf(" mid-word %d", v.MidWord)
		}
		s.Verdicts = append(s.Verdicts, text)
	}
	for _, i := range tally.Idle() {
		s.Idle = append(s.Idle, fmt.Sprint(i.Line.Text, " by ", i.By[0].Text, " ", i.Frames))
	}
	return s
}

// TestMistakes: mistakes that were merged into Socorro's siglists and fixed later, and the other things
// that a change can do to signatures. Each must show.
func TestMistakes(t *testing.T) {
	type lists struct{ sentinels, irrelevant, prefix, lineNumbers string }
	plain := func(change func(*lists)) *siglists.Set {
		l := lists{"s", "skip", "pre\nmem", "qq\nqqq"}
		if change != nil {
			change(&l)
		}
		return enginetest.NewSet(t, l.sentinels, l.irrelevant+"\nzz", l.prefix+"\nzz", l.lineNumbers)
	}
	for _, test := range []struct {
		name            string
		base, candidate func(*lists)
		stacks          []enginetest.Stack
		want            sketch
	}{
		{
			name:      "1c5ead484: an unescaped $ never matches",
			candidate: func(l *lists) { l.prefix += "\n_platform_memmove$VARIANT$Haswell" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "_platform_memmove$VARIANT$Haswell caller", "")},
			want: sketch{Verdicts: []string{
				"_platform_memmove$VARIANT$Haswell not-seen 0 frames 0 crashes with its special characters escaped: _platform_memmove$VARIANT$Haswell 2",
			}},
		},
		{
			name:      "fd0c242b5: JS::Call catches JS::CallbackTracer too",
			candidate: func(l *lists) { l.prefix += "\nJS::Call" },
			stacks:    []enginetest.Stack{enginetest.NewStack(3, "JS::Call a", ""), enginetest.NewStack(2, "JS::CallbackTracer::onEdge b", "")},
			want: sketch{
				Groups: []string{
					`3 renamed "JS::Call" -> "JS::Call | a" added JS::Call 3`,
					`2 renamed "JS::CallbackTracer::onEdge" -> "JS::CallbackTracer::onEdge | b" added JS::Call 2`,
				},
				Verdicts: []string{"JS::Call decides 2 frames 5 crashes longer JS::CallbackTracer::onEdge 2 mid-word 2"},
			},
		},
		{
			name:      "b35bc1e40: a sentinel merges unrelated crashes",
			candidate: func(l *lists) { l.sentinels += "\nMutexImpl::unlock" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "a MutexImpl::unlock x", ""), enginetest.NewStack(1, "b MutexImpl::unlock y", ""), enginetest.NewStack(1, "c MutexImpl::unlock z", "")},
			want: sketch{
				Groups: []string{
					`2 merged "a" -> "MutexImpl::unlock" next 3 from 3 had 0 added MutexImpl::unlock 2`,
					`1 merged "b" -> "MutexImpl::unlock" next 3 from 3 had 0 added MutexImpl::unlock 1`,
					`1 merged "c" -> "MutexImpl::unlock" next 3 from 3 had 0 added MutexImpl::unlock 1`,
				},
				Verdicts: []string{"MutexImpl::unlock decides 1 frames 4 crashes cuts a 2 cuts b 1 cuts c 1"},
			},
		},
		{
			name:      "frames that no line of the prefix list loses",
			base:      func(l *lists) { l.irrelevant += "\nmemx"; l.prefix += "\ngone" },
			candidate: func(l *lists) { l.irrelevant += "\nmemx\nmem\ngone" },
			stacks: []enginetest.Stack{
				enginetest.NewStack(2, "memcpy a", ""), enginetest.NewStack(1, "memx a", ""), enginetest.NewStack(1, "gone a", ""),
				enginetest.NewStack(1, "memset a", `, "java_stack_trace": "E: a"`),
			},
			want: sketch{
				Groups: []string{
					`2 merged "memcpy | a" -> "a" next 0 from 2 had 1 added mem 2 shadowed mem 2`,
					`1 merged "gone | a" -> "a" next 0 from 2 had 1 added gone 1 removed gone 1`,
				},
				Verdicts: []string{
					"mem decides 2 frames 2 crashes longer memcpy 2 mid-word 2", "gone decides 1 frames 1 crashes", "gone redundant 1 frames 0 crashes taker gone",
				},
				Idle: []string{"mem by mem [{memcpy 2}]"},
			},
		},
		{
			name:      "45cf70c51: a variant with an underscore is missed",
			candidate: func(l *lists) { l.irrelevant += "\nguard_nop" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "guard_nop a", ""), enginetest.NewStack(1, "_guard_nop a", "")},
			want: sketch{
				Groups:   []string{`2 renamed "guard_nop" -> "a" added guard_nop 2`},
				Verdicts: []string{"guard_nop decides 1 frames 2 crashes with leading underscores: _guard_nop 1"},
			},
		},
		{
			name:      "a variant of a line that has underscores itself is missed",
			candidate: func(l *lists) { l.irrelevant += "\n__rust_oom" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "__rust_oom a", ""), enginetest.NewStack(1, "_rust_oom a", ""), enginetest.NewStack(1, "___rust_oom a", ""), enginetest.NewStack(1, "rust_oom a", "")},
			want: sketch{
				Groups: []string{`2 renamed "__rust_oom" -> "a" added __rust_oom 2`},
				Verdicts: []string{
					"__rust_oom decides 1 frames 2 crashes with other leading underscores: ___rust_oom 1 _rust_oom 1 without leading underscores: rust_oom 1",
				},
			},
		},
		{
			name:      "only the variant with an underscore occurs",
			candidate: func(l *lists) { l.irrelevant += "\nguard_nop" },
			stacks:    []enginetest.Stack{enginetest.NewStack(1, "_guard_nop a", ""), enginetest.NewStack(1, "Guard_nop a", ""), enginetest.NewStack(1, "x::guard_nop", "")},
			want: sketch{Verdicts: []string{
				"guard_nop not-seen 0 frames 0 crashes with leading underscores: _guard_nop 1 in another case: Guard_nop 1 with leading underscores: _guard_nop 1",
			}},
		},
		{
			name:      "only variants with an underscore occur, and their source lines",
			base:      func(l *lists) { l.lineNumbers += "\n_guard_nop" },
			candidate: func(l *lists) { l.lineNumbers += "\n_guard_nop"; l.prefix += "\nguard_nop" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "_guard_nop a _guard_nop", ""), enginetest.NewStack(1, "b _guard_nop", "")},
			want: sketch{Verdicts: []string{
				"guard_nop not-seen 0 frames 0 crashes with leading underscores: _guard_nop:None 3 with leading underscores: _guard_nop:None 3",
			}},
		},
		{
			name:      "a line that another one covers",
			candidate: func(l *lists) { l.prefix += "\nmemcpy" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "memcpy a", "")},
			want:      sketch{Verdicts: []string{"memcpy redundant 1 frames 0 crashes taker mem"}},
		},
		{
			name:      "a sentinel that is there already",
			base:      func(l *lists) { l.sentinels += "\nstart" },
			candidate: func(l *lists) { l.sentinels += "\nstart\nstart" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "a start b", "")},
			want:      sketch{Verdicts: []string{"start redundant 1 frames 0 crashes taker start"}},
		},
		{
			name:      "one of two equal sentinels goes",
			base:      func(l *lists) { l.sentinels += "\nstart\nstart" },
			candidate: func(l *lists) { l.sentinels += "\nstart" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "a start b", "")},
			want:      sketch{Verdicts: []string{"start redundant 1 frames 0 crashes taker start"}},
		},
		{
			name:      "a line that another one covers in a part of its frames",
			candidate: func(l *lists) { l.prefix += "\nme" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "memcpy a", ""), enginetest.NewStack(2, "b mess", "")},
			want:      sketch{Verdicts: []string{"me no-effect 2 frames 0 crashes taker mem"}},
		},
		{
			name:      "a prefix line for a frame that is irrelevant",
			candidate: func(l *lists) { l.prefix += "\nskip" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "skip a", "")},
			want:      sketch{Verdicts: []string{"skip redundant 1 frames 0 crashes taker skip"}},
		},
		{
			name:      "an irrelevant line shadows a prefix line, and the OOM mark goes",
			base:      func(l *lists) { l.prefix += "\nmozalloc_handle_oom" },
			candidate: func(l *lists) { l.prefix += "\nmozalloc_handle_oom"; l.irrelevant += "\nmozalloc_handle_oom" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "mozalloc_handle_oom a", "")},
			want: sketch{
				Groups: []string{
					`2 renamed "OOM | unknown | mozalloc_handle_oom | a" -> "a" rules -OOM | unknown` +
						` added mozalloc_handle_oom 2 shadowed mozalloc_handle_oom 2`,
				},
				Verdicts: []string{"mozalloc_handle_oom decides 1 frames 2 crashes"},
				Idle:     []string{"mozalloc_handle_oom by mozalloc_handle_oom [{mozalloc_handle_oom 2}]"},
			},
		},
		{
			name:      "a line decides a frame that only the candidate reaches",
			candidate: func(l *lists) { l.irrelevant += "\nwait"; l.prefix += "\nnext" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "wait next a", "")},
			want: sketch{
				Groups:   []string{`2 renamed "wait" -> "next | a" added wait 2 added next 2`},
				Verdicts: []string{"wait decides 1 frames 2 crashes", "next decides 1 frames 2 crashes"},
			},
		},
		{
			name:      "a removed line leaves a frame that only the base reaches undecided",
			base:      func(l *lists) { l.irrelevant += "\nwait"; l.prefix += "\nnext" },
			candidate: func(l *lists) { l.sentinels += "\nnext" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "wait next a", "")},
			want: sketch{
				Groups: []string{`2 renamed "next | a" -> "next" removed next 2 added next 2`},
				Verdicts: []string{
					"next decides 1 frames 2 crashes cuts wait 2", "wait not-reached 1 frames 0 crashes", "next decides 1 frames 2 crashes",
				},
			},
		},
		{
			// The new form decides, but undoing the edit changes nothing.
			name:      "an edited line keeps a signature",
			base:      func(l *lists) { l.irrelevant += "\nwait" },
			candidate: func(l *lists) { l.irrelevant += "\nwaiting" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "waiting a", "")},
			want: sketch{Verdicts: []string{
				"wait redundant 1 frames 0 crashes taker waiting", "waiting no-effect 1 frames 0 crashes",
			}},
		},
		{
			// Either would do alone. The second never decided a frame, yet putting it back alters the signature.
			name:      "two lines for one frame are removed",
			base:      func(l *lists) { l.irrelevant += "\nwait\nwaiting" },
			candidate: nil,
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "waiting a", "")},
			want: sketch{
				Groups:   []string{`2 renamed "a" -> "waiting" removed wait 2 removed waiting 2`},
				Verdicts: []string{"wait decides 1 frames 2 crashes", "waiting decides 1 frames 2 crashes"},
			},
		},
		{
			// Without either the other does it: neither decides alone, and the cause is the line that takes the frame.
			name:      "two lines for one frame are added",
			candidate: func(l *lists) { l.irrelevant += "\nwait\nwaiting" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "waiting a", "")},
			want: sketch{
				Groups:   []string{`2 renamed "waiting" -> "a" added wait 2`},
				Verdicts: []string{"wait redundant 1 frames 0 crashes taker waiting", "waiting redundant 1 frames 0 crashes taker wait"},
			},
		},
		{
			name:      "a longer name that another line takes, or that the walk does not reach, is no finding",
			base:      func(l *lists) { l.prefix += "\nJS::Callback" },
			candidate: func(l *lists) { l.prefix += "\nJS::Callback\nJS::Call" },
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "JS::CallbackTracer JS::Call a", ""), enginetest.NewStack(1, "JS::Call b JS::Caller", ""), enginetest.NewStack(3, "JS::Callee c", "")},
			want: sketch{
				Groups: []string{
					`3 renamed "JS::Callee" -> "JS::Callee | c" added JS::Call 3`,
					`2 renamed "JS::CallbackTracer | JS::Call" -> "JS::CallbackTracer | JS::Call | a" added JS::Call 2`,
					`1 renamed "JS::Call" -> "JS::Call | b" added JS::Call 1`,
				},
				Verdicts: []string{"JS::Call decides 4 frames 6 crashes longer JS::Callee 3 mid-word 3"},
			},
		},
		{
			name:      "a removed line splits a signature, another stays",
			base:      func(l *lists) { l.irrelevant += "\nwait" },
			candidate: nil,
			stacks:    []enginetest.Stack{enginetest.NewStack(2, "wait a", ""), enginetest.NewStack(3, "a", "")},
			want: sketch{
				Groups:   []string{`2 split "a" -> "wait" removed wait 2`},
				Verdicts: []string{"wait decides 1 frames 2 crashes"},
			},
		},
		{
			name:      "a part of one signature joins another",
			candidate: func(l *lists) { l.irrelevant += "\nx" },
			stacks:    []enginetest.Stack{enginetest.NewStack(1, "x b", ""), enginetest.NewStack(1, "x", ""), enginetest.NewStack(1, "b", "")},
			want: sketch{
				Groups:   []string{`1 mixed "x" -> "b" next 0 from 1 had 1 added x 1`},
				Verdicts: []string{"x decides 1 frames 1 crashes"},
			},
		},
		{
			name:      "a source line is added",
			candidate: func(l *lists) { l.lineNumbers += "\njs_" },
			stacks:    []enginetest.Stack{enginetest.NewStack(1, "js_Interpret", "")},
			want: sketch{
				Groups:   []string{`1 renamed "js_Interpret" -> "js_Interpret:None" added js_ 1`},
				Verdicts: []string{"js_ decides 1 frames 1 crashes"},
			},
		},
		{
			name:      "truncation is gained",
			candidate: func(l *lists) { l.prefix += "\nlong" },
			stacks:    []enginetest.Stack{enginetest.NewStack(1, "long"+strings.Repeat("g", 150)+" "+strings.Repeat("h", 150), "")},
			want: sketch{
				Groups: []string{fmt.Sprintf("1 renamed %q -> %q rules +truncated added long 1",
					"long"+strings.Repeat("g", 150), "long"+strings.Repeat("g", 150)+" | "+strings.Repeat("h", 95)+"...")},
				Verdicts: []string{"long decides 1 frames 1 crashes longer long" + strings.Repeat("g", 150) + " 1 mid-word 1"},
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			base, candidate := signatures.NewGenerator(plain(test.base), signatures.DefaultRules()), signatures.NewGenerator(plain(test.candidate), signatures.DefaultRules())
			for _, workers := range []int{1, 3} {
				tally, err := Compare(context.Background(), crashesOf(t, test.stacks...), base, candidate,
					Options{Workers: workers, Examples: 2, Verdicts: true})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(test.want, sketchOf(tally)); diff != "" {
					t.Errorf("%d workers (-want +got):\n%s", workers, diff)
				}
			}
		})
	}
}
