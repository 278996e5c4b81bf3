package main

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/siglists"
)

// mostIndexed is how many bytes of a text the service keeps for its search.
const mostIndexed = 32_766

// indexed gives the crashes of a stand-in what Super Search knows of them when the service has some siglists: signatures,
// and what they are made from. Documents are made for that, one at a time.
// Each goroutine has every workers-th crash, and changes nothing but that.
func indexed(ctx context.Context, crashes []crashstatstest.Crash, set *siglists.Set) error {
	group, ctx := errgroup.WithContext(ctx)
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() error {
			worker := signatures.NewGenerator(set, signatures.DefaultRules()).Worker()
			for i := w; i < len(crashes) && ctx.Err() == nil; i += workers {
				if err := indexOne(&crashes[i], worker); err != nil {
					return fmt.Errorf("indexing crash %s: %w", crashes[i].ID, err)
				}
			}
			return context.Cause(ctx)
		})
	}
	return group.Wait()
}

func indexOne(c *crashstatstest.Crash, worker *signatures.Worker) error {
	doc, _ := c.Documents()
	crash, err := crashdata.ParseProcessed(doc)
	if err != nil {
		return err
	}
	result, err := worker.Explain(crash)
	if err != nil {
		return err
	}
	members := crashdata.Object(doc)
	for _, column := range crashdata.SearchColumns() {
		member, ok := members[column]
		if !ok {
			continue
		}
		var value any
		if err := json.Unmarshal(member, &value); err != nil {
			return err
		}
		c.Columns[column] = value
	}
	// These take the place of what the document has: signatures of the stand-in are those of set.
	c.Columns["signature"] = result.Signature
	if result.HasProto {
		c.Columns["proto_signature"] = indexedText(result.ProtoSignature)
	}
	c.Columns["reason"], c.Columns["crashing_thread"] = crash.Reason.String(), json.Number(crash.Crashing.Text)
	if crash.Stack.LastError != "" {
		c.Columns["last_error_value"] = crash.Stack.LastError
	}
	return nil
}

// indexedText is what the service keeps of a text for its search: as many whole characters as there is room for.
func indexedText(text string) string {
	if len(text) <= mostIndexed {
		return text
	}
	end := mostIndexed
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
