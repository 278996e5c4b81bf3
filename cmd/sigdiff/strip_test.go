package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigdiff/sigdiff/corpora/documents"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/fetch"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// Without the fields that import takes out, a crash is the same to the engine: the record, all that it
// reads of a crash, has the same bytes. Checked are the vectors that come with the project, and all
// vectors and real crashes beside it.
func TestImportKeepsWhatSignaturesAreMadeFrom(t *testing.T) {
	checked, cut := 0, 0
	same := func(where string, doc []byte) {
		before, err := crashdata.ParseProcessed(doc)
		if err != nil || doc[0] != '{' {
			return
		}
		public, err := fetch.Strip(doc, false)
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		after, err := crashdata.ParseProcessed(public)
		if err != nil {
			t.Fatalf("%s: %v", where, err)
		}
		if !bytes.Equal(before.AppendRecord(nil), after.AppendRecord(nil)) {
			t.Errorf("%s: %+v, and %+v without protected fields", where, before, after)
		}
		checked++
		if len(public) < len(doc) {
			cut++
		}
	}
	// Of odd types, too, in the members that no signature is made from.
	for _, name := range []string{"uuid", "signature", "product", "version", "release_channel", "os_name", "process_type", "cpu_arch", "startup_crash", "date_processed"} {
		for _, value := range []string{`[1]`, `["T"]`, `{"a":1}`, `{"a":{"b":[]}}`, `1`, `"1"`} {
			same(name, []byte(`{"`+name+`":`+value+`,"secret":1}`))
		}
	}
	for _, pattern := range []string{"../../engine/signatures/testdata/vectors/*.ndjson.gz", "../../../shared/vectors/*.ndjson.gz", "../../../shared/crashes/*.ndjson.gz"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			eachDocument(t, file, same)
		}
	}
	t.Logf("%d documents, %d of them with something to take out", checked, cut)
	if checked < 100 || cut < 1 {
		t.Errorf("only %d documents were checked, and something was taken out of %d", checked, cut)
	}
}

func eachDocument(t *testing.T, file string, visit func(where string, doc []byte)) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	err = documents.Lines(t.Context(), z, func(_ int, line []byte, err error) error {
		if err != nil {
			return err
		}
		var vector struct {
			ID        string          `json:"id"`
			Processed json.RawMessage `json:"processed_crash"`
			Document  string          `json:"document"` // of a processed crash that is no JSON
			UUID      string          `json:"uuid"`
		}
		if err := json.Unmarshal(line, &vector); err != nil {
			return err
		}
		switch {
		case vector.Document != "":
			vector.Processed = pyjson.Text([]byte(vector.Document))
		case vector.Processed == nil:
			vector.Processed = line
		}
		visit(filepath.Base(file)+" "+vector.ID+vector.UUID, bytes.TrimSpace(vector.Processed))
		return nil
	})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}
