package linesearch

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/engine/screen"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists/lint"
)

const (
	// topSignatures are how many signatures of a line are named.
	topSignatures = 3
	// seldomSignatures are how many signatures that none of the latest crashes has are asked for, in one request.
	seldomSignatures = 8
	// mostNear are how many texts near a line's are searched for at once.
	mostNear = 8
)

// lineColumns are what is looked at of the crashes that searches for lines find.
var lineColumns = []string{"signature", "platform", "version", "proto_signature"}

// Search is the search for the crashes of a changed line, and what it found.
type Search struct {
	Line  string   `json:"line"`  // as in an edit file
	Stems []string `json:"stems"` // that are searched for: whatever the line matches contains one; null for none
	// Crashes that have one in proto_signature. Signatures, the most frequent, and Weeks are of all of them.
	Crashes    int              `json:"crashes"`
	Signatures []SignatureCount `json:"signatures"`
	Weeks      []WeekCount      `json:"weeks"`
	// Listed are those looked at, mostly the latest; Matching those that have a frame that the line matches, as far as
	// proto_signature tells; Chosen those that are fetched.
	Listed   int `json:"listed"`
	Matching int `json:"matching"`
	Chosen   int `json:"chosen"`
	// Incomplete says what may be missing.
	Incomplete []string `json:"incomplete,omitempty"`

	of       Line
	unsure   bool            // it may match more than it does by itself
	num      int             // how many are chosen at most
	possible int             // how many of those looked at may have a frame that the line matches
	found    []Found         // those looked at
	seen     map[string]bool // their ids
}

// SignatureCount is how many crashes have a signature.
type SignatureCount struct {
	Signature string `json:"signature"`
	Crashes   int    `json:"crashes"`
}

// WeekCount is how many crashes a week has.
type WeekCount struct {
	From    string `json:"from"` // its Monday
	Crashes int    `json:"crashes"`
}

// NewSearch is the search for crashes of a line, of which num are chosen at most. unsure tells of a line that other lines of
// its list may let match more than it does by itself.
func NewSearch(l Line, unsure bool, num int) Search {
	return Search{Line: l.Change.Edit(), Stems: l.Stems, of: l, unsure: unsure, num: num}
}

// Absent tells that no crash has what the line would match: none has its text, or all were looked at, and have it within
// other frames. A line that was not searched for is not absent, nor is one of which an answer was partial, or that other
// lines let match more.
func (s *Search) Absent() bool {
	return !s.Unknown() && s.Crashes == s.Listed && s.possible == 0
}

// Unknown tells that more crashes may have what the line would match than were found.
func (s *Search) Unknown() bool { return s.Stems == nil || s.unsure || s.Incomplete != nil }

// Choose finds crashes of the line, and chooses some: of the latest, and where there are more than a request lists, of some
// of signatures that none of these has, and of frames that begin as the line does. There must be a text to search for.
func (s *Search) Choose(ctx context.Context, client *fetch.Client, query fetch.Query) ([]string, error) {
	query = query.With("proto_signature", s.of.Contains())
	first, err := s.look(ctx, client, query)
	if err != nil {
		return nil, err
	}
	// The first look alone counts all crashes of the line; those that follow are about a part of them.
	s.take(first)
	// Not beside --signature, which already says which signatures are wanted.
	if seldom := s.seldom(); seldom != nil && query.Terms["signature"] == nil {
		if _, err := s.look(ctx, client, query.With("signature", seldom)); err != nil {
			return nil, err
		}
	}
	// The text of the line may stand in the middle of longer names. A frame that begins with it is likelier to be
	// matched.
	if s.Crashes > s.Listed && s.Matching == 0 {
		if _, err := s.look(ctx, client, query.With("proto_signature", s.of.Begins())); err != nil {
			return nil, err
		}
	}
	chosen := Spread(s.found, s.num)
	s.Chosen = len(chosen)
	return chosen, nil
}

// StandIns are crashes to compare with where no crash has what one of some lines may match, so that reports can say so: some
// with a frame that is near one that was meant, else the latest. near is what was searched for.
func StandIns(ctx context.Context, client *fetch.Client, query fetch.Query, lines []Search) (ids, near []string, err error) {
	for _, l := range lines {
		near = append(near, l.of.Near()...)
	}
	slices.Sort(near)
	near = slices.Compact(near)
	near = near[:min(len(near), mostNear)]
	var some Search // of no line
	if len(near) > 0 {
		if _, err := some.look(ctx, client, query.With("proto_signature", near)); err != nil {
			return nil, nil, err
		}
	}
	// Without a text, the query finds the latest crashes of the filters.
	if len(some.found) == 0 {
		if _, err := some.look(ctx, client, query.With("proto_signature", nil)); err != nil {
			return nil, nil, err
		}
	}
	return Spread(some.found, query.Num), near, nil
}

// look asks for crashes once. Several looks may bring one crash. What was found first stays, so that all is in the order of
// the looks.
func (s *Search) look(ctx context.Context, client *fetch.Client, query fetch.Query) (*fetch.Look, error) {
	look, err := client.Look(ctx, query, lineColumns, true)
	if err != nil {
		return nil, err
	}
	for _, h := range look.Hits {
		if err := s.add(h); err != nil {
			return nil, err
		}
	}
	return look, nil
}

// add adds a hit to the crashes to choose from.
func (s *Search) add(h fetch.Hit) error {
	if s.seen[h.ID] {
		return nil
	}
	var columns map[string]any
	if err := json.Unmarshal(h.Columns, &columns); err != nil {
		return fmt.Errorf("reading a row of a search: %w", err)
	}
	// What is no text is not there: one odd crash is no reason to choose none.
	text := func(column string) string { t, _ := columns[column].(string); return t }
	proto := text("proto_signature")
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[h.ID] = true
	s.Listed++
	// A frame may contain the separator, so that a match can be missed: such a crash is only not chosen first. A search of no
	// line has nothing to show, not even by a crash without frames.
	sure := s.Line != "" && s.of.Frame(screen.Split(proto)) >= 0
	if sure {
		s.Matching++
	}
	// A search that found it by its frames, and doesn't show them, says nothing of them.
	if proto == "" || screen.IsCut(proto) || s.of.MayMatch(proto) {
		s.possible++
	}
	s.found = append(s.found, Found{ID: h.ID, Keys: []string{text("signature"), text("platform"), text("version")}, Sure: sure})
	return nil
}

// take keeps what a look tells of all crashes.
func (s *Search) take(look *fetch.Look) {
	s.Crashes, s.Incomplete = look.Total, look.Incomplete
	s.Signatures = []SignatureCount{}
	for _, t := range look.Signatures {
		s.Signatures = append(s.Signatures, SignatureCount{fmt.Sprint(t.Term), t.Count})
	}
	s.Weeks = []WeekCount{}
	for _, w := range look.Weeks {
		if monday, err := fetch.ParseTime(fmt.Sprint(w.Term)); err == nil {
			s.Weeks = append(s.Weeks, WeekCount{monday.Format(time.DateOnly), w.Count})
		}
	}
}

// seldom are the most frequent signatures that none of the crashes has, as values of a search.
func (s *Search) seldom() (values []string) {
	for _, c := range s.Signatures {
		has := func(f Found) bool { return f.Keys[0] == c.Signature }
		if len(values) < seldomSignatures && !slices.ContainsFunc(s.found, has) {
			// Super Search's operator for exactly this text.
			values = append(values, "="+c.Signature)
		}
	}
	return values[:fetch.Fitting(values)]
}

// Top are the most frequent signatures.
func (s *Search) Top() (signatures []string) {
	for _, c := range s.Signatures[:min(topSignatures, len(s.Signatures))] {
		signatures = append(signatures, c.Signature)
	}
	return signatures
}

// mostFrequent says which signatures are the most frequent, and how many there are besides.
func (s *Search) mostFrequent() string {
	var top []string
	counted := 0
	for i, c := range s.Signatures {
		counted += c.Crashes
		if i < topSignatures {
			top = append(top, fmt.Sprintf("%s %s", plural.Number(c.Crashes), c.Signature))
		}
	}
	if more := len(s.Signatures) - topSignatures; more > 0 {
		top = append(top, plural.Of(more, "more signature", "more signatures"))
	}
	// The service names the most frequent alone: of the others nobody knows how many signatures they have.
	if rest := s.Crashes - counted; rest > 0 {
		top = append(top, plural.Of(rest, "crash of signatures not named", "crashes of signatures not named"))
	}
	return strings.Join(top, ", ")
}

// String says what a search for a line found.
func (s *Search) String() string {
	line := lint.Quote(s.Line) // many end in colons
	switch {
	case s.Stems == nil:
		return fmt.Sprintf("%s: not searched for, since it has no text that whatever it matches contains", line)
	case s.Absent() && s.Crashes > 0:
		return fmt.Sprintf("%s: in no crash; %s its text within other frames", line, plural.Of(s.Crashes, "crash has", "crashes have"))
	case s.Absent():
		return fmt.Sprintf("%s: in no crash", line)
	case s.Crashes == 0 && s.Incomplete == nil:
		return fmt.Sprintf("%s: no crash has its text, and with the other lines of its list it may match more", line)
	case s.Crashes == 0:
		return fmt.Sprintf("%s: in no crash that came, and the service's answer is partial", line)
	}
	text := fmt.Sprintf("%s: in %s (%s)", line, plural.Crashes(s.Crashes), s.mostFrequent())
	if n := len(s.Weeks); n > 1 {
		most := slices.MaxFunc(s.Weeks, func(a, b WeekCount) int { return cmp.Compare(a.Crashes, b.Crashes) })
		text += fmt.Sprintf(", in %s from %s to %s, %s in that of %s", plural.Of(n, "week", "weeks"), s.Weeks[0].From, s.Weeks[n-1].From, plural.Number(most.Crashes), most.From)
	}
	if s.Matching == 0 {
		text += fmt.Sprintf("; none of %s has a frame that it matches", plural.Number(s.Listed))
	}
	return text
}
