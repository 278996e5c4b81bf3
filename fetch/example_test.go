package fetch_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
)

// A search from its address to its crashes.
func Example() {
	srv := crashstatstest.New(crashstatstest.Generate(crashstatstest.Corpus{N: 1200}), crashstatstest.Options{Limit: -1})
	defer srv.Close()
	ctx, now := context.Background(), time.Now()

	client, err := fetch.New(fetch.Config{Host: srv.URL(), Rate: fetch.Unlimited})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	month := now.AddDate(0, 0, -30).UTC().Format("2006-01-02")
	query, err := fetch.ParseURL(srv.URL()+"/search/?product=Firefox&product=Fenix&product=Thunderbird&date=>="+month, now)
	if err != nil {
		log.Fatal(err)
	}
	listing, err := client.List(ctx, query, fetch.ListOptions{})
	if err != nil {
		log.Fatal(err)
	}
	opts := fetch.PullOptions{NoRaw: true}
	work, err := fetch.Survey(ctx, listing.IDs, nil, opts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.Plan(work).Requests, "requests")
	summary, err := client.Pull(ctx, work, func(context.Context, fetch.Crash) error { return nil }, opts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Fetched, "fetched,", summary.Failed, "failed")
	// Output:
	// 1200 requests
	// 1200 fetched, 0 failed
}
