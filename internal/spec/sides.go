package spec

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/edited"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// Side is one side of a comparison, ready to make signatures.
type Side struct {
	signatures.Side
	Info report.Side
	Set  *siglists.Set         // nil where the signatures were not made from siglists
	Pull *gitlists.PullRequest // as that of Loaded

	code gitlists.Code // likewise
}

// Side makes a side from what the user wrote: a SPEC and a ruleset.
func (s *Reader) Side(ctx context.Context, spec, rules string) (Side, error) {
	kind, word := Parse(spec)
	// A ruleset would be passed over without a word.
	if (kind == Recorded || kind == Accepted) && rules != signatures.DefaultRuleset {
		return Side{}, exit.Usagef("%s are signatures; the ruleset %s is for siglists", spec, rules)
	}
	switch kind {
	case Exec, Python:
		return s.program(ctx, spec, kind, word, rules)
	case Recorded:
		return Side{Side: signatures.Recorded{}, Info: report.Side{Spec: spec, Kind: "recorded"}}, nil
	case Accepted:
		// They are in the cache, which the caller has open, and belong to the corpus that it compares.
		if s.Accepted != nil {
			return s.Accepted()
		}
		return Side{}, exit.Usagef("accepted results belong to a corpus; there are none here")
	}
	return s.ListsSide(ctx, spec, rules)
}

// ListsSide makes a side of a SPEC that names siglists.
func (s *Reader) ListsSide(ctx context.Context, spec, rules string) (Side, error) {
	loaded, err := s.Load(ctx, spec)
	if err != nil {
		return Side{}, err
	}
	return loaded.Side(rules)
}

// Generator is what makes the signatures of a side of siglists.
func (l Side) Generator() *signatures.Generator { return l.Side.(*signatures.Generator) }

// CutRules takes a SPEC apart from the ruleset behind its last @, as in main@proto:5. What stands there is part of the
// SPEC where it is no ruleset, as in main@{1}, and in a command.
func CutRules(word string) (spec, rules string) {
	// The last one: a revision may have one of its own, as in main@{1}@proto:5.
	at := strings.LastIndexByte(word, '@')
	if kind, _ := Parse(word); kind == Exec || at <= 0 {
		return word, signatures.DefaultRuleset
	}
	if _, err := signatures.ParseRuleset(word[at+1:]); err != nil {
		return word, signatures.DefaultRuleset
	}
	return word[:at], word[at+1:]
}

// Side makes a side of siglists, with a ruleset.
func (l Loaded) Side(rules string) (Side, error) {
	side, info, err := l.Lists.Side(rules)
	if err != nil {
		return Side{}, err
	}
	return Side{Side: side, Info: info, Set: l.Set, Pull: l.Pull, code: l.code}, nil
}

// CheckPair tells what is missing of a base and a candidate: only a pull request and a checkout know their own base.
func (o Options) CheckPair(command, base, candidate string) error {
	switch {
	case candidate == "":
		return exit.Usagef("%s needs --base and --candidate; see 'sigdiff %s --help'", command, command)
	case base == "" && !o.HasBase(candidate):
		return exit.Usagef("%s needs --base; only a pull request, pr/N, and a checkout of Socorro, such as ., are compared with their merge base without one", command)
	}
	return nil
}

// NamesLists tells whether a SPEC names siglists, and neither signatures nor a program.
func NamesLists(spec string) bool {
	kind, _ := Parse(spec)
	return kind != Recorded && kind != Accepted && kind != Exec && kind != Python
}

// HasBase tells whether a SPEC knows what it is compared with.
func (o Options) HasBase(spec string) bool {
	kind, word := Parse(spec)
	return kind == Pull || (kind == Dir || kind == Word) && o.isCheckout(word)
}

// isCheckout tells whether a path is a checkout of Socorro, and not the siglists themselves.
func (o Options) isCheckout(path string) bool {
	folder := o.Folder(path)
	return folder != filepath.Clean(path) && !IsListFile(path) && hasLists(folder)
}

// Change is what is compared: two SPECs with their rules, or one and lines that are changed of it.
type Change struct {
	Base, Candidate           string            // an empty base is that of the pull request, or of the checkout, that Candidate is
	Lines                     []siglists.Change // in place of a candidate; an empty base is the main branch then
	BaseRules, CandidateRules string
}

// Pair makes both sides of a comparison. Either may be a program, or signatures. Where one is found by the other, both are
// siglists.
func (s *Reader) Pair(ctx context.Context, change Change) (b, c Side, err error) {
	var before, after Loaded
	switch {
	case change.Lines != nil:
		before, err = s.LoadOrMain(ctx, change.Base)
		if b, err = before.sideAs("base", change.BaseRules, err); err != nil {
			return b, c, err
		}
		after, err = before.Edit(change.Lines)
		c, err = after.sideAs("candidate", change.CandidateRules, err)
	case change.Base == "":
		after, err = s.Load(ctx, change.Candidate)
		if c, err = after.sideAs("candidate", change.CandidateRules, err); err != nil {
			return b, c, err
		}
		// After the candidate: a pull request is fetched then, by which its base is found.
		before, err = s.LoadBase(ctx, after)
		b, err = before.sideAs("base", change.BaseRules, err)
	default:
		if b, err = s.Side(ctx, change.Base, change.BaseRules); err != nil {
			return b, c, fmt.Errorf("base: %w", err)
		}
		if c, err = s.Side(ctx, change.Candidate, change.CandidateRules); err != nil {
			return b, c, fmt.Errorf("candidate: %w", err)
		}
	}
	s.Notes = append(s.Notes, edited.ListNotes(b.Set, c.Set)...)
	return b, c, err
}

// sideAs makes one of two sides of what was loaded, or names it in the error of loading.
func (l Loaded) sideAs(which, rules string, err error) (side Side, _ error) {
	if err == nil {
		side, err = l.Side(rules)
	}
	if err != nil {
		return side, fmt.Errorf("%s: %w", which, err)
	}
	return side, nil
}

// Notes are what signatures made with the side alone can't speak of.
func (l Side) Notes() []report.Note {
	return append(l.Info.CodeNotes(report.Sentence("%s", l.Info.Spec)), edited.NotesOf("the", l.Set)...)
}

// LoadOrMain loads the siglists of a SPEC, or, without one, those of Socorro's main branch as the clone has it: what is in effect,
// as far as the clone knows.
func (s *Reader) LoadOrMain(ctx context.Context, spec string) (Loaded, error) {
	if spec != "" {
		return s.Load(ctx, spec)
	}
	return s.LoadMain(ctx, nil)
}

// LoadMain loads the siglists of the main branch: as it was fetched with a pull request, if there is one, else as the clone has it.
func (s *Reader) LoadMain(ctx context.Context, pull *gitlists.PullRequest) (Loaded, error) {
	repo, err := s.Repository(ctx)
	if err != nil {
		return Loaded{}, err
	}
	// Its commit, since a tag may have the branch's name.
	branch, commit, err := repo.MainBranch(ctx, pull)
	if err != nil {
		return Loaded{}, s.GitError(err)
	}
	return s.loadCommit(ctx, branch, repo, commit)
}

// Edit is siglists with a change set laid over. What there is to know of the base holds for it, too.
func (l Loaded) Edit(changes []siglists.Change) (Loaded, error) {
	with, err := l.With(changes)
	return Loaded{Lists: with, code: l.code}, err
}
