package crashid

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRead(t *testing.T) {
	const id = "0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121"
	for _, in := range []string{
		id, "bp-" + id, " " + strings.ToUpper(id) + "\r", "https://crash-stats.mozilla.org/report/index/" + id, "https://crash-stats.mozilla.org/report/index/bp-" + id + "#tab-bugzilla",
		"crash-stats.mozilla.org/report/index/" + id + "/", "https://h/api/ProcessedCrash/?crash_id=" + id, id + ":regenerate_signature",
	} {
		if got, err := Parse(in); got != id || err != nil {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "bp-", id[1:], id + "0", strings.Replace(id, "2611", "26x1", 1), "https://h/" + id + "/other", id + "\n" + id} {
		if got, err := Parse(in); !errors.Is(err, ErrNone) {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	other := strings.Replace(id, "0c", "1c", 1)
	got, err := Read(strings.NewReader("\ufeff# list\n" + id + "\n\n  bp-" + other + "  \r\n" + id))
	if want := []string{id, other}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, in := range []string{"\xff\xfe0\x00c\x00", "\xfe\xff\x000\x00c"} {
		if _, err := Read(strings.NewReader(in)); !errors.Is(err, ErrUTF16) {
			t.Errorf("%q: %v", in, err)
		}
	}
	if _, err := Read(strings.NewReader(id + "\n" + strings.Repeat("x", 70_000))); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") || !errors.Is(err, ErrNone) {
		t.Errorf("error: %v", err)
	}
	if _, err := Read(strings.NewReader(id + "\nwhat\n")); err == nil || !strings.Contains(err.Error(), `line 2: not a crash id (8-4-4-4-12 hexadecimal digits, the last six a date YYMMDD): "what"`) {
		t.Errorf("error: %v", err)
	}
}

// TestReadTable: a table has its ids in one column, whatever the others hold.
func TestReadTable(t *testing.T) {
	const id = "0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121"
	other := strings.Replace(id, "0c", "1c", 1)
	for _, in := range []string{
		"\"crashid\",\"old\",\"new\"\r\n\"" + id + "\",\"a | b, c\",\"x\ny\"\r\n\"" + other + "\",\"\",\"\"\r\n",
		"signature\tuuid\na | b\t" + id + "\nc \"d\"\tbp-" + other + "\nc\t" + id + "\n",
		"\ufeffUUID\n" + id + "\n\n" + other,
		"crash_id;signature\n" + id + ";a | b, c\n" + other + ";\n",
	} {
		if got, err := Read(strings.NewReader(in)); err != nil || !slices.Equal(got, []string{id, other}) {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{
		"uuid,old\n" + id + ",\"x\n" + other + ",y\n", "uuid\told\n" + id + "\t\"x\n" + other + "\ty\n", "uuid;old\n\"" + id + ";x\n" + other + ";y\n",
		"uuid,old\r" + id + ",x\r" + other + ",y\r", "uuid,old\r\n" + id + ",x\r" + other + ",y\r\n",
	} {
		if got, err := Read(strings.NewReader(in)); !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "is a quote not closed, or do lines end in CR alone?") {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	for _, in := range []string{"crashid,old\nwhat,x\n", "old,crashid\nx\n", "signature,count\na,1\n"} {
		if got, err := Read(strings.NewReader(in)); !errors.Is(err, ErrNone) {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
}

// FuzzRead: what is taken for crash ids is made of nothing but their characters, each once, and
// reads again as itself.
func FuzzRead(f *testing.F) {
	id := "0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121"
	for _, seed := range []string{
		id, "bp-" + id + "\r\n#\n\n" + id + ":ruleset\n", "https://crash-stats.mozilla.org/report/index/" + id + "?x=1#f", "https://h/api/ProcessedCrash/?crash_id=" + id, "\ufeff" + id, "\x1b[2J" + id, "../" + id,
		id + "\x00", strings.ToUpper(id), "crashid,x\n" + id + ",\"\n\"\n", "http://[::1", strings.Repeat("a", 70_000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ids, err := Read(strings.NewReader(text))
		if err != nil {
			if len(ids) > 0 || len(err.Error()) > 1000 {
				t.Errorf("%d ids beside an error of %d bytes", len(ids), len(err.Error()))
			}
			return
		}
		if len(ids) > strings.Count(text, "\n")+1 {
			t.Errorf("%d ids", len(ids))
		}
		again, err := Read(strings.NewReader(strings.Join(ids, "\n")))
		if err != nil || strings.Join(again, " ") != strings.Join(ids, " ") {
			t.Errorf("%q became %q, %v", ids, again, err)
		}
		for _, id := range ids {
			if !Valid(id) {
				t.Errorf("id %q", id)
			}
		}
	})
}

// TestForms: the forms in which people paste a crash id, alone, with each other, and as a line of a file.
func TestForms(t *testing.T) {
	const id = "0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121"
	for _, core := range []string{id, strings.ToUpper(id), "bp-" + id, id + ":default", "BP-" + strings.ToUpper(id) + ":regenerate_signature"} {
		for _, form := range []string{
			core, "https://crash-stats.mozilla.org/report/index/" + core, "crash-stats.mozilla.org/report/index/" + core + "/",
			"crash-stats.mozilla.org:443/report/index/" + core, "//h/report/index/" + core, "/report/index/" + core,
			"https://h/report/index/" + core + "#tab-bugzilla", "h/report/index/" + core + "?x=1#f", "?crash_id=" + core,
			"https://h/api/ProcessedCrash/?datatype=processed&crash_id=" + core, "h/api/RawCrash/?crash_id=" + core + "#x",
		} {
			for _, around := range []string{"", " ", "\r", "\ufeff"} {
				if got, err := Parse(around + form + strings.TrimPrefix(around, "\ufeff")); got != id || err != nil {
					t.Errorf("%q: %q, %v", around+form, got, err)
				}
			}
		}
	}
}

// TestFind: an id in other text, and what comes after it.
func TestFind(t *testing.T) {
	const id = "0c5b2b21-4c3a-4f1c-8f1e-1d0b50261121"
	if got, rest := Find("see https://h/report/index/" + strings.ToUpper(id) + " -> x"); got != id || rest != " -> x" {
		t.Errorf("%q, %q", got, rest)
	}
	if got, rest := Find("nothing"); got != "" || rest != "" {
		t.Errorf("%q, %q", got, rest)
	}
}

func TestValid(t *testing.T) {
	const id = "0bb06b57-b2ef-4a20-ba4f-8b3b32151130"
	for _, hyphen := range []int{8, 13, 18, 23} {
		if in := id[:hyphen] + "0" + id[hyphen+1:]; Valid(in) {
			t.Errorf("Valid(%q)", in)
		}
	}
	for name, in := range map[string]string{
		"empty": "", "prefix": "bp-" + id, "short": id[1:], "long": id + "0", "upper case": strings.ToUpper(id),
		"letter in the date": id[:35] + "a",
		"hyphen moved":       "0bb06b5-7b2ef-4a20-ba4f-8b3b32151130", "not hexadecimal": "g" + id[1:], "NUL": id[:35] + "\x00",
	} {
		if Valid(in) {
			t.Errorf("%s: Valid(%q)", name, in)
		}
	}
}

func TestKeysKeepIDs(t *testing.T) {
	ids := rapid.StringMatching(`[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{6}[0-9]{6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := ids.Draw(t, "a"), ids.Draw(t, "b")
		ka, ok := Pack(a)
		kb, _ := Pack(b)
		if !ok || ka.String() != a {
			t.Fatalf("%s came back as %s", a, ka)
		}
		if got, want := ka.Compare(kb), cmp.Or(strings.Compare(a[30:], b[30:]), strings.Compare(a, b)); got != want {
			t.Fatalf("keys of %s and %s compare as %d, their days and they as %d", a, b, got, want)
		}
	})
}
