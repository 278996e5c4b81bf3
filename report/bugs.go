package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/engine/compare"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// Where Bugzilla is, and where it shows a bug.
const (
	bugzilla   = "https://bugzilla.mozilla.org/"
	bugAddress = bugzilla + "show_bug.cgi?id="
)

// Bugs is what a comparison means for the bugs of Bugzilla and for the service's history of signatures.
// Nothing is written to Bugzilla: it is for a person who edits the fields.
type Bugs struct {
	// Updates are the bugs that carry a signature which goes away or loses crashes, and lack one that takes
	// its crashes; those with the most crashes first.
	Updates List[BugUpdate] `json:"updates"`
	// Settled counts the bugs that carry such a signature, and the ones that take its crashes too.
	Settled int `json:"settled"`
	// After are the signatures that changed crashes come to; those with the most crashes first.
	After List[AfterSignature] `json:"after"`
}

// BugUpdate is a bug whose signature field needs more signatures.
type BugUpdate struct {
	ID int `json:"id"`
	// Crashes is how many move from signatures that the bug carries to those that it lacks.
	Crashes int          `json:"crashes"`
	Has     List[string] `json:"has"`  // of its signatures, those that lose crashes
	Gone    List[string] `json:"gone"` // of these, those that none of the compared crashes has any more
	Add     List[string] `json:"add"`  // signatures that it lacks
}

// URL is where Bugzilla shows the bug.
func (u BugUpdate) URL() string { return bugAddress + strconv.Itoa(u.ID) }

// Verb says of a signature that the bug carries whether any crash still has it.
func (u BugUpdate) Verb(signature string) string {
	if slices.Contains(u.Gone, signature) {
		return "has, but no crash any more,"
	}
	return "has"
}

// AfterSignature is a signature that changed crashes come to.
type AfterSignature struct {
	Signature string `json:"signature"`
	Crashes   int    `json:"crashes"` // that come to it
	// New is whether the service does not know the signature: each hour it learns those of the crashes sent since that have a build id, and
	// none of crashes that are processed again.
	New        bool   `json:"new"`
	FirstDate  string `json:"first_date,omitempty"`  // when the service first saw it, as it writes it
	FirstBuild string `json:"first_build,omitempty"` // in which build
}

// FirstSeen is when a signature was first seen, as the service writes it.
type FirstSeen struct{ Date, Build string }

// BugSignatures are the signatures to ask the service about: those that lose crashes, whose bugs are
// wanted, and those that crashes come to, whose first dates are.
// Both are sorted. A crash without a signature has none to ask about.
func BugSignatures(groups []compare.Group) (losing, coming []string) {
	from, to := map[string]bool{}, map[string]bool{}
	for _, g := range groups {
		from[g.Base], to[g.Candidate] = true, true
	}
	return sortedNames(from), sortedNames(to)
}

func sortedNames(set map[string]bool) []string {
	delete(set, "")
	return slices.Sorted(maps.Keys(set))
}

// NewBugs makes of the changed signatures, and of what the service says, what is to be done about bugs.
// carried are the signatures of each bug by its number, first the dates of the signatures that the service knows.
// A bug that carries none of the losing signatures is left out: the service adds all signatures of the bugs it
// names.
func NewBugs(r *Report, carried map[int][]string, first map[string]FirstSeen) *Bugs {
	b := &Bugs{}
	gone := map[string]bool{} // a signature that gains as many crashes as it loses is not listed, and not gone
	for _, s := range r.Signatures {
		gone[s.Signature] = s.Candidate == 0
	}
	// A map has no order: the result is sorted by crashes and number, so that the same comparison is the same bytes.
	for id, signatures := range carried {
		switch u := newBugUpdate(id, signatures, r.Groups, gone); {
		case len(u.Add) > 0:
			b.Updates = append(b.Updates, u)
		case len(u.Has) > 0:
			b.Settled++
		}
	}
	slices.SortFunc(b.Updates, func(x, y BugUpdate) int { return cmp.Or(cmp.Compare(y.Crashes, x.Crashes), cmp.Compare(x.ID, y.ID)) })
	b.after(r.Groups, first)
	return b
}

// newBugUpdate is what one bug needs, which carries some signatures.
func newBugUpdate(id int, carried []string, groups []compare.Group, gone map[string]bool) BugUpdate {
	u := BugUpdate{ID: id}
	has, add := map[string]bool{}, map[string]bool{}
	for _, g := range groups {
		if !slices.Contains(carried, g.Base) {
			continue
		}
		has[g.Base] = true
		// Crashes that come to a signature which the bug has already need nothing.
		if g.Candidate != "" && !slices.Contains(carried, g.Candidate) {
			add[g.Candidate] = true
			u.Crashes += g.Crashes
		}
	}
	u.Has, u.Add = sortedNames(has), sortedNames(add)
	u.Gone = slices.DeleteFunc(slices.Clone(u.Has), func(s string) bool { return !gone[s] })
	return u
}

func (b *Bugs) after(groups []compare.Group, first map[string]FirstSeen) {
	crashes := map[string]int{}
	for _, g := range groups {
		if g.Candidate != "" { // of which the service knows nothing
			crashes[g.Candidate] += g.Crashes
		}
	}
	for signature, n := range crashes {
		seen, known := first[signature]
		b.After = append(b.After, AfterSignature{signature, n, !known, seen.Date, seen.Build})
	}
	slices.SortFunc(b.After, func(x, y AfterSignature) int {
		return cmp.Or(cmp.Compare(y.Crashes, x.Crashes), cmp.Compare(x.Signature, y.Signature))
	})
}

// Heading counts the bugs.
func (b *Bugs) Heading() string {
	text := plural.Of(len(b.Updates), "bug needs", "bugs need") + " more signatures"
	if b.Settled > 0 {
		text += fmt.Sprintf("; %s them already", plural.Of(b.Settled, "other has", "others have"))
	}
	return text
}

// AfterHeading counts the signatures.
func (b *Bugs) AfterHeading() string {
	news := CountOf(b.After, func(a AfterSignature) bool { return a.New })
	return fmt.Sprintf("Signatures after the change: %s new to the service, %s known", plural.Number(news), plural.Number(len(b.After)-news))
}

// Status is new, or since when the signature is known.
func (a AfterSignature) Status() string {
	if a.New {
		return "new"
	}
	// The service writes it in ISO 8601; the day will do.
	since, _, _ := strings.Cut(a.FirstDate, "T")
	return strings.TrimSpace("since " + since)
}

// field is a signature as Bugzilla's signature field has it.
func field(signature string) string { return "[@ " + signature + " ]" }

// bugs writes the part about bugs for a terminal; nothing when nobody asked for it.
func (t *Text) bugs(b *Bugs) {
	if b == nil {
		return
	}
	t.heading("Bugs: %s", b.Heading())
	for u := range some(t, b.Updates, "bug", "bugs") {
		t.line("")
		t.line("%s  %s  %s", t.paint(heading, fmt.Sprintf("bug %d", u.ID)), plural.Crashes(u.Crashes), u.URL())
		for _, s := range u.Has {
			gone := ""
			if slices.Contains(u.Gone, s) {
				gone = "  (no crash has it any more)"
			}
			t.line("  has  %s%s", t.paint(removal, field(s)), gone)
		}
		for _, s := range u.Add {
			t.line("  add  %s", t.paint(insert, field(s)))
		}
	}
	if len(b.After) == 0 {
		return
	}
	t.heading("%s", b.AfterHeading())
	t.line("Crashes  Service           Signature")
	for a := range some(t, b.After, "signature", "signatures") {
		t.signature(fmt.Sprintf("%7s  %-16s  ", plural.Number(a.Crashes), a.Status()), "", plain, a.Signature)
	}
}

// bugs writes the part about bugs for a comment; nothing when nobody asked for it.
func (m *markdownWriter) bugs(b *Bugs) {
	if b == nil {
		return
	}
	m.line("\n### Bugs: %s\n", b.Heading())
	// Those that don't fit are counted together with those above the limit.
	shown, _ := Limited(b.Updates, m.Limit)
	m.rows(each(shown, mdBug), len(b.Updates), "bug", "bugs")
	foldedTable(m, b.AfterHeading(), []string{">Crashes", "Service", "Signature"}, b.After, func(a AfterSignature) string {
		return mdRow(plural.Number(a.Crashes), mdCell(a.Status()), mdCell(signatureText(a.Signature)))
	})
}

func mdBug(u BugUpdate) string {
	text := fmt.Sprintf("- [bug %d](%s), %s\n", u.ID, u.URL(), plural.Crashes(u.Crashes))
	for _, s := range u.Has {
		text += fmt.Sprintf("  - %s %s\n", u.Verb(s), mdCode(field(s)))
	}
	for _, s := range u.Add {
		text += fmt.Sprintf("  - **add** %s\n", mdCode(field(s)))
	}
	return text
}
