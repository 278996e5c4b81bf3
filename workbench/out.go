package workbench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
	"github.com/sigdiff/sigdiff/siglists/patches"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// output answers with what is made of the edit that the address has: an edit file, as edit=. kind is its media type.
func output(kind string, made func(w *work, ctx context.Context, r Request) ([]byte, error)) func(*Workbench, context.Context, Request, Answer) {
	return func(w *Workbench, ctx context.Context, r Request, to Answer) {
		if len(r.query["edit"]) != 1 { // none would be one that changes nothing
			Fail(to, statusBad, errors.New("the address needs one edit=, with an edit file"))
			return
		}
		changes, err := siglists.ReadChanges(strings.NewReader(r.query.Get("edit")))
		if err == nil && len(changes) == 0 {
			err = errors.New("the edit changes no line") // which diff refuses, too: that no crash changes would mean nothing
		}
		if err != nil {
			Fail(to, statusBad, err)
			return
		}
		var content []byte
		err = w.within(ctx, func(b *pyre.Budget) error {
			work, err := w.start(ctx, b, changes)
			if err != nil {
				return err
			}
			content, err = made(work, ctx, r)
			return err
		})
		if err != nil {
			Fail(to, statusBad, err)
			return
		}
		// Only now: an error after the status would be a part of a file that looks whole.
		to.Begin(statusOK, kind)
		_, _ = to.Write(content) // nobody is left to be told that the page is gone
	}
}

// rendered makes the report in a format, as diff does.
func rendered(format string) func(*work, context.Context, Request) ([]byte, error) {
	return func(w *work, ctx context.Context, _ Request) ([]byte, error) {
		r, err := w.compare(ctx)
		if err != nil {
			return nil, err
		}
		r.Command = w.Command.Line(w.changes)
		// Frames of examples take a walk for each group, which only this format shows.
		if format == "html" {
			if r.Samples, err = w.samples(ctx, r.Groups); err != nil {
				return nil, err
			}
		}
		var out bytes.Buffer
		err = report.PageFormats().Render(&out, format, r, report.Options{Host: w.Host, Limit: 20})
		return out.Bytes(), err
	}
}

// samples explains a crash of each group.
func (w *work) samples(ctx context.Context, groups []compare.Group) (map[string]compare.Comparison, error) {
	all := map[string]compare.Comparison{}
	for _, g := range groups {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		// The first example is there wherever a group is.
		crash, err := w.Base.Crash(g.Examples[0])
		if err != nil {
			return nil, err
		}
		if all[g.Examples[0]], err = w.edited.Explain(crash); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// patch is what makes the base's files the edited ones, for git apply.
func (w *work) patch(context.Context, Request) ([]byte, error) {
	return patches.Of(w.Lists.Set, w.after, w.Folder), nil
}

// text is the edit as an edit file.
func (w *work) text(context.Context, Request) ([]byte, error) {
	var out bytes.Buffer
	for _, c := range w.changes {
		fmt.Fprintln(&out, c.Edit())
	}
	return out.Bytes(), nil
}

func (w *work) commandLine(context.Context, Request) ([]byte, error) {
	return []byte(w.Command.Line(w.changes) + "\n"), nil
}

// expected is what the marked groups say is expected: of those that are meant= the signatures that their crashes get, of
// those that are not= the ones that they had. Groups are named as report.GroupID does.
func (w *work) expected(ctx context.Context, r Request) ([]byte, error) {
	tally, err := w.edited.Compare(ctx)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = report.CSVRow(&out, "crash_id", "signature")
	for _, g := range tally.Groups() {
		// Ids of groups are made of signatures alone. So marks of an edit hold in the next, as far as it has the group.
		id, signature := report.GroupID(g.Pair), g.Candidate
		switch {
		case slices.Contains(r.query["not"], id):
			signature = g.Base
		case !slices.Contains(r.query["meant"], id):
			continue
		}
		// All of its crashes, and not only the examples: what is expected of a few would be met by accident.
		for _, c := range g.Changed {
			err = errors.Join(err, report.CSVRow(&out, c.ID, signature))
		}
	}
	return out.Bytes(), err
}
