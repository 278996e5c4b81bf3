package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/crashstatstest"
	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/siglists"
)

// demoLine is the line that the demo screens for.
const demoLine = "irrelevant:mozalloc_handle_oom"

// screen screens a search for a change by one line, fetches all of it, and holds the one against the other: what comes out,
// and how many requests it took.
func (d *demo) screen(ctx context.Context, n int) error {
	// The service has the lists of before: screening searches what it made with them.
	set, err := siglists.LoadDir(d.base())
	if err != nil {
		return err
	}
	srv, err := d.standIn(ctx, n, set)
	if err != nil {
		return err
	}
	defer srv.Close()
	search := []string{"--url", srv.URL() + demoSearch, "--rate", "0"}
	change := []string{"--base", d.base(), "--add", demoLine}
	// Each way has a cache of its own. Else the second would find cached what the first fetched.
	d.apart = "screened.db"
	one := append([]string{"screen"}, append(change, search...)...)
	if err := d.run(ctx, one...); err != nil {
		return err
	}
	// They are counted before the groups are asked for, and the search is kept, so that these ask for none.
	screened := len(srv.Requests())
	if err := d.groups(ctx, "screened", one...); err != nil { // which asks for nothing
		return err
	}
	srv.ForgetRequests()
	d.apart = ""
	if err := d.run(ctx, append([]string{"fetch", "--no-raw", "--corpus", "demo"}, search...)...); err != nil {
		return err
	}
	if err := d.groups(ctx, "full", append([]string{"diff", "--corpus", "demo"}, change...)...); err != nil {
		return err
	}
	if err := d.same(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(d.app.stdout, "Screening took %s, fetching everything %s. Both give the same groups.\n", plural.Of(screened, "request", "requests"), plural.Number(len(srv.Requests())))
	return err
}

func (d *demo) groupsFile(name string) string { return filepath.Join(d.dir, name+".csv") }

// groups writes the groups of a comparison to a file.
func (d *demo) groups(ctx context.Context, name string, args ...string) error {
	return d.run(ctx, append(args, "--format", "csv", "--by", "group", "-o", d.groupsFile(name))...)
}

// same compares the groups.
// It compares bytes: a group, a count or an example that differs is a mistake.
func (d *demo) same() error {
	screened, err := os.ReadFile(d.groupsFile("screened"))
	if err != nil {
		return err
	}
	full, err := os.ReadFile(d.groupsFile("full"))
	if err == nil && !bytes.Equal(screened, full) {
		return errors.New("screening gives other groups than fetching everything: this is a mistake of sigdiff")
	}
	return err
}

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
	doc := c.Document(false)
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
		c.Columns["proto_signature"] = result.ProtoSignature
	}
	c.Columns["reason"], c.Columns["crashing_thread"] = crash.Reason.String(), json.Number(crash.Crashing.Text)
	if crash.Stack.LastError != "" {
		c.Columns["last_error_value"] = crash.Stack.LastError
	}
	return nil
}
