package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
)

// TestSearchesAgree: the filters of fetch and of corpus create find the same crashes, at the service and in the cache.
func TestSearchesAgree(t *testing.T) {
	signatures := []string{"ab", "a*b", "a?b", `a\b`, "axb", "AB", `xa\*by`, "x ab"}
	versions := []string{"146.0", "146.0b1", "146.0b12", "146.0.1", "146"}
	platforms := []string{"Windows NT", "Windows", "Linux", "Mac OS X", "Unknown"}
	channels := []string{"release", "beta", "Beta"}
	at := time.Now().UTC().Truncate(time.Second).Add(-time.Hour)
	var crashes []crashstatstest.Crash
	metas := map[string]crashdata.Meta{}
	for i := range 200 {
		m := crashdata.Meta{
			Signature: signatures[i%len(signatures)], Version: versions[i/2%len(versions)], Platform: platforms[i/3%len(platforms)],
			Channel: channels[i/5%len(channels)], Product: []string{"Firefox", "Fenix"}[i/7%2],
		}
		id := fmt.Sprintf("%08x-0000-4000-8000-000000%s", i, at.Format("060102"))
		metas[id] = m
		crashes = append(crashes, crashstatstest.Crash{ID: id, Date: at, Columns: map[string]any{
			"signature": m.Signature, "version": m.Version, "platform": m.Platform, "release_channel": m.Channel, "product": m.Product,
		}})
	}
	srv := crashstatstest.New(crashes, crashstatstest.Options{Limit: -1})
	defer srv.Close()
	client, err := fetch.New(fetch.Config{Host: srv.URL(), Rate: fetch.Unlimited})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	rapid.Check(t, func(t *rapid.T) {
		some := func(name string, values ...string) []string {
			return rapid.SliceOfN(rapid.SampledFrom(values), 0, 2).Draw(t, name)
		}
		o := corpusCreateOptions{filters: searchFlags{fetch.Filters{
			Signatures: some("signature", signatures...), SignatureContains: some("within", append(signatures, "*", "?", `\`, "a", "x*b", `a?\`, "a?*", "x\xff*")...),
			Versions: some("version", append(versions, "146.0b", "145.0b", "b")...), Channels: some("channel", append(channels, "nightly")...),
			Platforms: some("platform", append(platforms, "windows", "Mac", "Win", "linux")...), Products: some("product", "Firefox", "Fenix", "Focus"),
		}}}
		query, err := o.filters.Query(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		listing, err := client.List(t.Context(), query, fetch.ListOptions{})
		if err != nil {
			t.Fatal(err)
		}
		filter, err := o.filter()
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for id, m := range metas {
			if filter.Match(m) {
				want = append(want, id)
			}
		}
		slices.Sort(want)
		if slices.Sort(listing.IDs); !slices.Equal(listing.IDs, want) {
			t.Fatalf("the service finds %d crashes, the cache has %d of %+v", len(listing.IDs), len(want), o.filters)
		}
	})
}
