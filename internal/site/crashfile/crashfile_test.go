package crashfile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/enginetest"
	"github.com/sigdiff/sigdiff/report"
	"github.com/sigdiff/sigdiff/siglists"
)

// fill sets all that a value holds to something, each time to something else.
func fill(v reflect.Value, n *int) {
	*n++
	if line, ok := v.Addr().Interface().(*siglists.Line); ok { // in JSON it is a text, of which not everything is one
		*line = siglists.Line{List: siglists.Prefix, Text: fmt.Sprintf("line <%d>", *n), Number: *n}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text <%d>", *n))
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0), n)
		fill(v.Index(1), n)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	default:
		panic("a kind of value that no config had: " + v.Kind().String())
	}
}

// TestConfigComesBack: all that a workbench is made of comes back, but for what it never shows.
func TestConfigComesBack(t *testing.T) {
	want := configOf(newSet(t), len(some()))
	n := 0
	for _, part := range []any{&want.Lists.Info, &want.Notes, &want.Searched, &want.Host, &want.Folder, &want.Command, &want.Corpus} {
		fill(reflect.ValueOf(part).Elem(), &n)
	}
	want.Rules, want.Corpus.Crashes = "2023,+HungProcess", len(some())
	want.Searched.Lines, want.Corpus.Searched = nil, nil // a review's
	w, err := open(written(t, want, some()))
	if err != nil {
		t.Fatal(err)
	}
	got := w.Config
	for _, name := range siglists.Names() {
		if !bytes.Equal(got.Lists.Set.List(name).Source, want.Lists.Set.List(name).Source) {
			t.Errorf("%s: %q", name, got.Lists.Set.List(name).Source)
		}
	}
	got.Base, got.Lists.Set, want.Lists.Set = nil, nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

// TestLittleComesBack: a config that holds next to nothing comes back as it is.
func TestLittleComesBack(t *testing.T) {
	want := configOf(enginetest.NewSet(t, "", "", "", ""), 0)
	want.Lists.Info = report.Side{}
	w, err := open(written(t, want, source{}))
	if err != nil {
		t.Fatal(err)
	}
	got := w.Config
	if got.Lists.Set.Digest() != want.Lists.Set.Digest() {
		t.Errorf("the lists: %s", got.Lists.Set.Digest())
	}
	got.Base, got.Lists.Set, want.Lists.Set = nil, nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
}

// TestLarge: a content may be larger than what the compression looks back.
func TestLarge(t *testing.T) {
	c := configOf(newSet(t), 0)
	c.Host = strings.Repeat("0123456789abcdef", window/16) + "."
	w, err := open(written(t, c, source{}))
	if err != nil || w.Host != c.Host {
		t.Errorf("%v", err)
	}
}

// seen is a crash of a source, as a text.
func seen(id string, r *crashdata.Record, err error) string {
	switch {
	case errors.Is(err, crashdata.ErrMissing):
		return id + " missing"
	case err != nil:
		return id + " " + err.Error()
	}
	c, err := r.Crash()
	return fmt.Sprintf("%s %v %x", id, err, c.AppendRecord(nil))
}

// readAll are the crashes of a source.
func readAll(t *rapid.T, src crashdata.Source) (all []string) {
	err := src.Each(context.Background(), 1, func(_ int, id string, r *crashdata.Record, err error) error {
		all = append(all, seen(id, r, err))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// TestCrashesComeBack: crashes come back as they were.
func TestCrashesComeBack(t *testing.T) {
	set := newSet(t)
	rapid.Check(t, func(t *rapid.T) {
		var src source
		for i := range rapid.IntRange(0, 6).Draw(t, "crashes") {
			src = append(src, given{
				enginetest.DrawOddCrash(t, i), rapid.SampledFrom([]error{nil, nil, nil, errMissing, errBad}).Draw(t, "error"),
			})
		}
		file := written(t, configOf(set, len(src)), src)
		in := bufio.NewReader(bytes.NewReader(unpacked(t, file)))
		if err := readLine(in, &head{}); err != nil {
			t.Fatal(err)
		}
		if want, got := readAll(t, src), readAll(t, &stored{in: in}); !slices.Equal(want, got) {
			t.Fatalf("%q\nwant %q", got, want)
		}
		w, err := open(file)
		if err != nil || w.Base.Crashes() != len(src) {
			t.Fatalf("%v", err)
		}
	})
}

// TestCut: a file that ends early is no file, wherever it ends, and neither is a content that does.
func TestCut(t *testing.T) {
	file := written(t, configOf(newSet(t), len(some())), some())
	for n := range file {
		if _, err := open(file[:n]); err == nil {
			t.Fatalf("%d of %d bytes open", n, len(file))
		}
	}
	content := unpacked(t, file)
	for n := range content {
		if err := openContent(t, content[:n]); err == nil {
			t.Fatalf("%d of %d bytes of the content open: it ends in %q", n, len(content), content[max(0, n-20):n])
		}
	}
}

// TestFlipped: with a bit changed, a file is none, or holds the same.
func TestFlipped(t *testing.T) {
	file := written(t, configOf(newSet(t), len(some())), some())
	content := unpacked(t, file)
	for n := range file {
		for bit := range 8 {
			flipped := bytes.Clone(file)
			flipped[n] ^= 1 << bit
			if _, err := open(flipped); err == nil && !bytes.Equal(unpacked(t, flipped), content) {
				t.Fatalf("byte %d with bit %d changed: it opens", n, bit)
			}
		}
	}
}

// TestDamaged: what a file must not hold.
func TestDamaged(t *testing.T) {
	content := string(unpacked(t, written(t, configOf(newSet(t), len(some())), some())))
	first, crashes, _ := strings.Cut(content, "\n")
	if err := openContent(t, []byte(content)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ old, another, want string }{
		"another file":       {content, "<!doctype html>\n", "invalid character"},
		"null":               {first, "null", "the list is missing"},
		"an empty head":      {first, "{}", "the list is missing"},
		"no head":            {first + "\n", "", ""},
		"a list is missing":  {`"prefix_signature_re"`, `"prefix"`, "prefix_signature_re.txt: the list is missing"},
		"a list is another":  {`"irrelevant_signature_re":"`, `"irrelevant_signature_re":"KAo=","x":"`, "irrelevant_signature_re.txt:1"}, // "("
		"a list is no UTF-8": {`"irrelevant_signature_re":"`, `"irrelevant_signature_re":"/wo=","x":"`, "irrelevant_signature_re.txt:1"},
		"no ruleset":         {`"Rules":"default"`, `"Rules":"no"`, "ruleset"},
		"more crashes":       {`"crashes":6`, `"crashes":7`, "the file has 6 crashes, and should have 7"},
		"fewer crashes":      {`"crashes":6`, `"crashes":5`, "the file has 6 crashes, and should have 5"},
		"a crash too many":   {`"missing":[`, `"missing":["x",`, "the file has 7 crashes"},
		"more than it says":  {crashes, crashes + "x", "there is more behind the crashes"},
		"no number":          {`"Common":`, `"Common":"a","x":`, "cannot unmarshal"},
		"a negative length":  {`"Common":`, `"Common":-`, "a part of the crashes that has -"},
		"another length":     {`"Common":`, `"Common":1`, "unexpected EOF"},
		"too long a part":    {`"Size":`, `"Size":1073741825,"x":`, "a part of the crashes that has 1073741825 bytes"},
		"a part not there":   {`"Size":`, `"Size":1073741824,"x":`, "unexpected EOF"},
		"other crashes":      {`"IDs":[`, `"IDs":["x",`, "not a block of crashes"},
		"another version":    {string([]byte{signatures.NormalVersion, crashdata.RecordVersion}), string([]byte{signatures.NormalVersion + 1, crashdata.RecordVersion}), "crash record of another version"},
	} {
		if !strings.Contains(content, test.old) {
			t.Fatalf("%s: the content has no %s", name, test.old)
		}
		if err := openContent(t, []byte(strings.Replace(content, test.old, test.another, 1))); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// full is a writer that takes so many bytes.
type full struct{ left int }

var errFull = errors.New("the disk is full")

func (f *full) Write(b []byte) (int, error) {
	if f.left -= len(b); f.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// TestWriteFails: what goes wrong while a file is written, or read, is said.
func TestWriteFails(t *testing.T) {
	c := configOf(newSet(t), len(some()))
	file := written(t, c, some())
	for _, n := range []int{0, 1, len(file) / 2, len(file) - 1} {
		if err := Write(t.Context(), &full{n}, c, some()); !errors.Is(err, errFull) {
			t.Fatalf("with place for %d of %d bytes: %v", n, len(file), err)
		}
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := Write(ended, &full{1 << 20}, c, some()); !errors.Is(err, context.Canceled) {
		t.Errorf("writing goes on: %v", err)
	}
	if _, err := Open(ended, bytes.NewReader(file)); !errors.Is(err, context.Canceled) {
		t.Errorf("reading goes on: %v", err)
	}
}

// FuzzOpen: no content does harm; what opens is written and opened again.
func FuzzOpen(f *testing.F) {
	f.Add(unpacked(f, written(f, configOf(newSet(f), len(some())), some())))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		w, err := open(packed(t, content))
		if err != nil {
			return
		}
		in := bufio.NewReader(bytes.NewReader(content))
		if err := readLine(in, &head{}); err != nil {
			t.Fatal(err)
		}
		again, err := open(written(t, w.Config, &stored{in: in}))
		if err != nil {
			t.Fatalf("what opens can't be written: %v", err)
		}
		if again.Base.Crashes() != w.Base.Crashes() || again.Lists.Set.Digest() != w.Lists.Set.Digest() {
			t.Errorf("%d crashes, want %d", again.Base.Crashes(), w.Base.Crashes())
		}
	})
}
