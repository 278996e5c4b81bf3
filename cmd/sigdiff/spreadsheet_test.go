package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/internal/exit"
)

// TestFormulasComeBack: signatures that a spreadsheet would run are harmless in CSV, and what sigdiff reads
// back as expectations is what it wrote.
func TestFormulasComeBack(t *testing.T) {
	dir := t.TempDir()
	var in strings.Builder
	functions := []string{"=cmd|x!A1", "+1+1", "-1-1", "@SUM", "'=1", "''@a", "＝1", "＋1", "－1", "＠SUM", "'＝1", "'quoted'", "plain", `=HYPERLINK"x"`}
	for i, function := range functions {
		fmt.Fprintf(&in, `{"uuid":"aaaaaaaa-bbbb-4ccc-8ddd-%06x261121","signature":%s,"json_dump":{"crash_info":{"crashing_thread":0},"threads":[{"frames":[{"function":%s}]}]}}`+"\n", i, quoted("old"+function), quoted(function))
	}
	for name, content := range map[string]string{
		"in.ndjson": in.String(), "signature_sentinels.txt": "never", "irrelevant_signature_re.txt": "never\nnever2", "prefix_signature_re.txt": "never\nnever2",
		"signatures_with_line_numbers_re.txt": "never\nnever2",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, out := filepath.Join(dir, "c.db"), filepath.Join(dir, "out.csv")
	for _, args := range [][]string{
		{"import", filepath.Join(dir, "in.ndjson")},
		{"diff", "--base", "recorded", "--candidate", dir, "--format", "csv", "-o", out},
		{"diff", "--base", "recorded", "--candidate", dir, "--expect", out},
	} {
		if code, stdout, stderr := hostileRun(t, nil, append([]string{"--cache", db}, args...)...); code != exit.OK {
			t.Fatalf("%q: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != len(functions)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, field := range row {
			if strings.IndexAny(field, "=+-@＝＋－＠\t\r\n") == 0 {
				t.Errorf("%q is a formula", field)
			}
		}
	}
}
