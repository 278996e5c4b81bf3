package report

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
)

func TestProtectCSV(t *testing.T) {
	for field, want := range map[string]string{
		"":              "",
		"JS::Call":      "JS::Call",
		"@0x1f":         "'@0x1f",
		"=1+1":          "'=1+1",
		"+x":            "'+x",
		"-x":            "'-x",
		"\tx":           "'\tx",
		"\rx":           "'\rx",
		"\n=1":          "'\n=1",
		"＝1+1":          "'＝1+1",
		"＋x":            "'＋x",
		"－x":            "'－x",
		"＠x":            "'＠x",
		"'＠x":           "''＠x",
		"'quoted'":      "'quoted'",
		"'=1":           "''=1",
		"''@0x1f":       "'''@0x1f",
		"a=b":           "a=b",
		"| @0x1f":       "| @0x1f",
		"OOM | @0xdead": "OOM | @0xdead",
	} {
		if got := protectCSV(field); got != want {
			t.Errorf("protectCSV(%q) = %q, want %q", field, got, want)
		}
		if got := unprotectCSV(want); got != field {
			t.Errorf("unprotectCSV(%q) = %q, want %q", want, got, field)
		}
	}
}

func FuzzProtectCSV(f *testing.F) {
	for _, s := range []string{"", "@0x1f", "'=", hostile, ticks, formula0, escapes, long} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		protected := protectCSV(field)
		if got := unprotectCSV(protected); got != field {
			t.Errorf("%q came back as %q", field, got)
		}
		if strings.IndexAny(protected, "=+-@＝＋－＠\t\r\n") == 0 {
			t.Errorf("%q stays a formula", protected)
		}
		if strings.ContainsRune(field, '\r') {
			return // encoding/csv reads \r\n as \n
		}
		var row bytes.Buffer
		if err := writeCSVRow(&row, protected, "end"); err != nil {
			t.Fatal(err)
		}
		fields, err := csv.NewReader(&row).Read()
		if err != nil || len(fields) != 2 || unprotectCSV(fields[0]) != field {
			t.Errorf("%q is read as %q, %v", field, fields, err)
		}
	})
}

// TestListsAreWhole checks that formats that name every changed crash refuse a report that lacks some.
func TestListsAreWhole(t *testing.T) {
	r := nasty()
	r.Groups[0].Changed = r.Groups[0].Changed[1:]
	for _, format := range []string{"csv", "ids"} {
		if err := ComparisonFormats().Render(&bytes.Buffer{}, format, r, Options{}); err == nil {
			t.Errorf("%s: no error for a report that lacks a changed crash", format)
		}
	}
	if err := ComparisonFormats().Render(&bytes.Buffer{}, "csv", r, Options{By: ByGroup}); err != nil {
		t.Errorf("groups need no crashes: %v", err)
	}
}

// unprotectCSV is what protectCSV was given. Fields that were never protected come back unchanged, unless
// they start with an apostrophe and one of its characters.
func unprotectCSV(field string) string {
	if rest, ok := strings.CutPrefix(field, "'"); ok && formula().MatchString(rest) {
		return rest
	}
	return field
}
