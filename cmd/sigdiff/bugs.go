package main

import (
	"context"
	"fmt"

	"github.com/sigdiff/sigdiff/report"
)

// askBugs asks the service for the bugs of the signatures that lose crashes, and which of those that
// crashes come to it has seen before.
// It asks for nothing where no signature changes, and then needs no network. That an answer is missing fails the
// command: a report without bugs would look like one of signatures that have none.
func (a *app) askBugs(ctx context.Context, service serviceOptions, r *report.Report) (*report.Bugs, error) {
	losing, coming := report.BugSignatures(r.Groups)
	if len(losing)+len(coming) == 0 {
		return report.NewBugs(r, nil, nil), nil
	}
	client, err := service.client(a.fetching())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	// The answer also has the other signatures of these bugs. So NewBugs can tell which the bug lacks.
	bugs, err := client.Bugs(ctx, losing)
	if err != nil {
		return nil, fmt.Errorf("--bugs: %w", err)
	}
	// A signature that is not among the dates is new to the service: it leaves such out.
	dates, err := client.FirstDates(ctx, coming)
	if err != nil {
		return nil, fmt.Errorf("--bugs: %w", err)
	}
	carried, first := map[int][]string{}, map[string]report.FirstSeen{}
	for _, b := range bugs {
		carried[b.ID] = append(carried[b.ID], b.Signature)
	}
	for _, d := range dates {
		first[d.Signature] = report.FirstSeen{Date: d.FirstDate, Build: d.FirstBuild}
	}
	return report.NewBugs(r, carried, first), nil
}
