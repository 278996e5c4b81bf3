package corpora

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/table"
)

// Filter chooses crashes by what is known of them. Of several values of one field any will do; all
// fields that are given must fit. Its zero value chooses every crash.
type Filter struct {
	Products  []string `json:"product,omitempty"`
	Versions  []string `json:"version,omitempty"` // "146.0b" takes all betas of it
	Channels  []string `json:"channel,omitempty"`
	Platforms []string `json:"platform,omitempty"` // any word of one: "Windows" takes "Windows NT" too; case doesn't count
	// Signatures are whole recorded signatures, SignatureContains texts within one, with the wildcards * and ?: of both together, any will do.
	Signatures        []string `json:"signature,omitempty"`
	SignatureContains []string `json:"signature_contains,omitempty"`
	// From and To bound when the crash was sent: from From on, and before To. The zero time is no
	// bound. With a bound, a crash that doesn't say when it was sent is not chosen.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// Match tells whether the filter chooses a crash.
func (f *Filter) Match(m crashdata.Meta) bool {
	return oneOf(f.Products, m.Product, isEqual) && oneOf(f.Versions, m.Version, isVersion) && oneOf(f.Channels, m.Channel, isEqual) &&
		oneOf(f.Platforms, m.Platform, isPlatform) && f.ofSignature(m.Signature) && f.within(m)
}

func (f *Filter) ofSignature(signature string) bool {
	return len(f.Signatures)+len(f.SignatureContains) == 0 || slices.Contains(f.Signatures, signature) ||
		slices.ContainsFunc(f.SignatureContains, func(text string) bool { return isWithin(signature, text) })
}

var wildcards = strings.NewReplacer(`\*`, `.*`, `\?`, `.`)

// isWithin tells whether a text is within a signature, in which * is any text and ? any character.
func isWithin(signature, text string) bool {
	if !strings.ContainsAny(text, "*?") {
		return strings.Contains(signature, text)
	}
	pattern, err := regexp.Compile("(?s)" + wildcards.Replace(regexp.QuoteMeta(text)))
	return err == nil && pattern.MatchString(signature) // what is not UTF-8 is in no signature
}

// oneOf tells whether a value is one of those wanted, if any are.
func oneOf(wanted []string, value string, is func(value, wanted string) bool) bool {
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(w string) bool { return is(value, w) })
}

func isEqual(value, wanted string) bool { return value == wanted }

// isVersion does as the service's searches do.
func isVersion(version, wanted string) bool {
	return wanted == version || strings.HasSuffix(wanted, "b") && strings.HasPrefix(version, wanted)
}

// isPlatform compares words, as the service's searches do: crashes say "Windows NT", where people say "Windows".
func isPlatform(platform, wanted string) bool {
	words := strings.Fields(strings.ToLower(platform))
	return slices.ContainsFunc(strings.Fields(strings.ToLower(wanted)), func(w string) bool { return slices.Contains(words, w) })
}

func (f *Filter) within(m crashdata.Meta) bool {
	if f.From.IsZero() && f.To.IsZero() {
		return true
	}
	t, ok := m.SentTime()
	return ok && !t.Before(f.From) && (f.To.IsZero() || t.Before(f.To))
}

// Selected is what a search of cached crashes found.
type Selected struct {
	IDs      []string // sorted
	Searched int
	table.Left
}

// Select finds the crashes of a source that a filter chooses.
func Select(ctx context.Context, src *Source, f Filter, workers int) (Selected, error) {
	parts, left, err := table.Fold(ctx, src, workers, func() Selected { return Selected{} }, func(p *Selected, id string, c *crashdata.Crash) error {
		p.Searched++
		if f.Match(c.Meta) {
			p.IDs = append(p.IDs, id)
		}
		return nil
	})
	all := Selected{Left: left}
	for _, p := range parts {
		all.IDs = append(all.IDs, p.IDs...)
		all.Searched += p.Searched
	}
	// Workers find crashes in no order.
	slices.Sort(all.IDs)
	return all, err
}
