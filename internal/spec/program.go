package spec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/corpora"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/execside"
	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// Programs run the programs that are sides.
type Programs struct {
	// Processed gives a crash's processed crash.
	Processed func(id string) ([]byte, error)
	Limit     time.Duration // for an answer
	Python    string        // the interpreter
	Siglists  string        // SPEC of siglists that replace those of the code; empty: they stay

	started []startedProgram
}

type startedProgram struct {
	spec string
	side *execside.Side
	dir  string // to be removed, if there is one
}

// Close ends the programs, and says what they had to say, and how often they were started again. sure is false where
// their answers may be those of other crashes.
func (p *Programs) Close(say func(text string)) (sure bool) {
	sure = true
	for _, s := range p.started {
		// First, since what it says on stderr and how often it ran is only known when it has ended.
		s.side.Close()
		// From then on each answer may be that of the crash before. Nothing tells which were the right ones.
		if s.side.Surplus() {
			say(s.spec + ": the program gave more answers than it was asked for: signatures of it may be those of other crashes")
			sure = false
		}
		if s.dir != "" {
			if err := os.RemoveAll(s.dir); err != nil {
				say(fmt.Sprintf("%s: removing its code: %v", s.spec, err))
			}
		}
		if n := s.side.Restarts(); n > 0 {
			say(fmt.Sprintf("%s: the program was started again %s", s.spec, plural.Of(n, "time", "times")))
		}
		if beginning, all := s.side.Stderr(); all > 0 {
			more := ""
			if int64(len(beginning)) < all {
				more = fmt.Sprintf(" [%s in all]", plural.Of(all, "byte", "bytes"))
			}
			say(fmt.Sprintf("%s: on stderr: %s%s", s.spec, strings.TrimSpace(beginning), more))
		}
	}
	return sure
}

// noProgram is the error for a program where none is run.
func noProgram(spec string) error {
	return exit.Usagef("%s is a program, and this command runs none", spec)
}

// program makes the side of a program.
func (s *Reader) program(ctx context.Context, spec string, kind Kind, word, rules string) (Side, error) {
	switch {
	// Commands without a flag for programs run none: a SPEC in a file of settings must not start one unseen.
	case s.Programs == nil:
		return Side{}, noProgram(spec)
	case s.Programs.Limit <= 0:
		return Side{}, exit.Usagef("--exec-timeout %v: it must be more than nothing", s.Programs.Limit)
	// It would be passed over: the program knows no rulesets.
	case rules != signatures.DefaultRuleset:
		return Side{}, exit.Usagef("%s has rules of its own; --rules %s is for siglists", spec, rules)
	case strings.TrimSpace(word) == "":
		return Side{}, exit.Usagef("%s names no program", spec)
	case kind == Python:
		return s.python(ctx, spec, word)
	}
	program := execside.Program{Argv: execside.Shell(word), Limit: s.Programs.Limit, Request: s.Programs.crashData}
	return Side{Side: s.Programs.start(ctx, spec, program, ""), Info: report.Side{Spec: spec, Kind: "exec"}}, nil
}

func (p *Programs) start(ctx context.Context, spec string, program execside.Program, dir string) *execside.Side {
	side := execside.New(ctx, program)
	p.started = append(p.started, startedProgram{spec, side, dir})
	return side
}

// crashData is what exec:COMMAND is given of a crash.
func (p *Programs) crashData(c *crashdata.Crash) ([]byte, error) {
	doc, err := p.Processed(c.ID())
	if err != nil {
		return nil, err
	}
	return corpora.CrashData(c.ID(), doc)
}

// lineEnds are what a JSON document may have between its values, and a line may not.
var lineEnds = strings.NewReplacer("\n", " ", "\r", " ")

// processed is what python:REVISION is given of a crash: all of it, since the revision's code chooses what to read.
func (p *Programs) processed(c *crashdata.Crash) ([]byte, error) {
	doc, err := p.Processed(c.ID())
	return []byte(lineEnds.Replace(string(doc))), err
}

// python makes the side of the code and the siglists of a revision.
func (s *Reader) python(ctx context.Context, spec, revision string) (Side, error) {
	// Code of a revision runs with the rights of the user. Anybody can open a pull request.
	if kind, _ := Parse(revision); kind == Pull {
		return Side{}, exit.Usagef("%s: the code of a pull request is anybody's; look at it, and name the commit", spec)
	}
	repo, err := s.Repository(ctx)
	if err != nil {
		return Side{}, err
	}
	commit, err := s.resolve(ctx, repo, strings.TrimPrefix(revision, "git:"))
	if err != nil {
		return Side{}, err
	}
	info := report.Side{Spec: spec, Kind: "python", Revision: commit.Hash, Date: commit.Date.Format(time.RFC3339), Subject: commit.Subject}
	dir, err := s.writeCode(ctx, repo, commit, &info)
	if err != nil {
		return Side{}, err
	}
	argv, env := execside.Python(s.Programs.Python, dir)
	program := execside.Program{Argv: argv, Env: env, Limit: s.Programs.Limit, Request: s.Programs.processed}
	// Before the comparison: a missing module would else fail each of thousands of crashes.
	if err := execside.Try(ctx, program, []byte("{}")); err != nil {
		return Side{}, exit.Usagef("%s: %w", spec, errors.Join(err, os.RemoveAll(dir)))
	}
	return Side{Side: s.Programs.start(ctx, spec, program, dir), Info: info}, nil
}

// writeCode writes the code of a commit, with its siglists or those of --python-siglists, to a folder.
func (s *Reader) writeCode(ctx context.Context, repo *gitlists.Repo, commit gitlists.Commit, info *report.Side) (dir string, err error) {
	code, err := repo.CodeOf(ctx, commit.Hash)
	if err != nil {
		return "", s.GitError(err)
	}
	// As in a repository of siglists alone, or before the code came to where it is.
	if len(code) == 0 {
		return "", exit.Usagef("%s: there is no %s", info.Spec, gitlists.CodePath)
	}
	sources, err := repo.Sources(ctx, code)
	if err != nil {
		return "", s.GitError(err)
	}
	if s.Programs.Siglists != "" {
		loaded, err := s.Load(ctx, s.Programs.Siglists)
		if err != nil {
			return "", fmt.Errorf("--python-siglists: %w", err)
		}
		info.Notes = append(info.Notes, "its code with the siglists of "+s.Programs.Siglists)
		return execside.WritePython(sources, loaded.files)
	}
	lists, err := repo.Lists(ctx, commit.Hash)
	if err != nil {
		return "", s.GitError(err)
	}
	return execside.WritePython(sources, lists.FS())
}
