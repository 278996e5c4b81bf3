// Package cases knows golden cases: stacks, and the signatures that they must get. They are kept beside the siglists, a
// small file each, and say what a line is for.
package cases

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/siglists"
)

// MaxBytes is how large the file of a case may be. One that Make wrote has a few kB.
const MaxBytes = 1 << 20

// Case is a golden case.
type Case struct {
	Name      string          // of its file, in the folder of the cases
	Signature string          // that it must get
	Bug       int             // that it is about; 0 for none
	Lines     []siglists.Line // that it stands for, without numbers: without each of them it fails
	// Data is its crash data, as it is in the file: what a signature is made from, and nothing about people unless somebody wrote
	// that in.
	Data  json.RawMessage
	Crash *crashdata.Crash // as Data says it
}

// document is a case as it is written. The signature is a pointer, since one may be empty and must not be forgotten.
type document struct {
	Signature *string         `json:"signature"`
	Bug       int             `json:"bug,omitempty"`
	Lines     []string        `json:"lines,omitempty"` // each as LIST:TEXT
	CrashData json.RawMessage `json:"crash_data"`
}

// Parse reads a case.
func Parse(name string, doc []byte) (*Case, error) {
	if len(doc) > MaxBytes {
		return nil, fmt.Errorf("it is larger than %d kB, the limit for a case", MaxBytes>>10)
	}
	doc = pyjson.Text(doc)
	in := json.NewDecoder(bytes.NewReader(doc))
	// A misspelt member would be passed over, and the case say less than its author thinks.
	in.DisallowUnknownFields()
	var d document
	if err := in.Decode(&d); err != nil {
		return nil, fmt.Errorf("reading a case: %w", inWords(err))
	}
	// A merge may leave two versions of a case one after the other.
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading a case: something follows the object")
	}
	if err := checkOnce(pyjson.NewReader(doc), strings.ToLower); err != nil {
		return nil, fmt.Errorf("reading a case: %w", err)
	}
	switch {
	case d.Signature == nil:
		return nil, errors.New(`a case says which "signature" it must get`)
	case d.CrashData == nil:
		return nil, errors.New(`a case has "crash_data", of which its signature is made`)
	case d.Bug < 0:
		return nil, fmt.Errorf("bug %d: it is the number of a bug", d.Bug)
	}
	c := &Case{Name: name, Signature: *d.Signature, Bug: d.Bug, Data: d.CrashData}
	for _, text := range d.Lines {
		// A case names lines as the command line does.
		change, err := siglists.ParseChange(text, true)
		if err != nil {
			return nil, fmt.Errorf("lines: %w", err)
		}
		c.Lines = append(c.Lines, change.Line)
	}
	var err error
	// Read here, so that a case that is no case is refused before any is run.
	if c.Crash, err = readData(c.Data); err != nil {
		return nil, err
	}
	return c, nil
}

// checkOnce fails for a member that stands twice in its object, as a merge may leave it: the last would count, and nobody would
// see the other. A decoder knows the members of a case in either letter case, which key takes away; crash data has exact names.
func checkOnce(in *pyjson.Reader, key func(name string) string) error {
	exact := func(name string) string { return name }
	switch in.Kind() {
	case '{':
		seen := map[string]bool{}
		return in.Members(func(name []byte) error {
			k := key(string(name))
			if seen[k] {
				return fmt.Errorf("%q stands twice", name)
			}
			seen[k] = true
			return checkOnce(in, exact)
		})
	case '[':
		return in.Elements(func() error { return checkOnce(in, exact) })
	}
	return in.Skip()
}

// inWords says in words what a decoder says in terms of its own: cases are written by hand, too.
func inWords(err error) error {
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("the file is empty")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the file is cut short")
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("it is a JSON %s, and a case is an object", kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("%q can't be a JSON %s", kind.Field, kind.Value)
	}
	return err
}

// readData reads the crash data of a case, and nothing else: of another shape, the signature would be that of a crash
// without a stack.
func readData(data []byte) (*crashdata.Crash, error) {
	crash, err := crashdata.ReadData(data)
	if err != nil || crash.Java != nil || !crash.HasStack() {
		crash, _, err = crashdata.Read(data, nil) // which finds out whether it is something else
	}
	if err != nil {
		return nil, fmt.Errorf("crash_data: %w", err)
	}
	return crash, nil
}

// LineText is a line as cases name it, LIST:TEXT.
func LineText(l siglists.Line) string { return l.List.Word() + ":" + l.Text }

func lineTexts(lines []siglists.Line) []string {
	var texts []string
	for _, l := range lines {
		texts = append(texts, LineText(l))
	}
	return texts
}

// flat is an object that holds no other and no list, such as most frames, and ends are the ends of the lines in it.
var (
	flat = lazyregexp.New(`\{[^{}\[\]]*\}`)
	ends = lazyregexp.New(`\n *`)
)

// Marshal writes the case as its file has it: most frames in a line each.
func (c *Case) Marshal() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	// Frames have < and > all over, and people read the file.
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(document{&c.Signature, c.Bug, lineTexts(c.Lines), c.Data}); err != nil {
		return nil, fmt.Errorf("writing a case: %w", err)
	}
	// The encoder gives each member of a frame a line, and a stack a thousand.
	return flat().ReplaceAllFunc(out.Bytes(), func(object []byte) []byte { return ends().ReplaceAll(object, nil) }), nil
}

// unfit are the characters that a file name goes without: some mean something to a shell, and some are none on Windows.
var unfit = lazyregexp.New(`[^0-9A-Za-z_]+`)

// FileName is a name for the file of the case: of its line or, where that is not one, its signature, and of what is in it, so that equal
// cases have one.
func (c *Case) FileName() string {
	const most = 60
	about := c.Signature
	// A line says more to who looks through the folder than a signature does.
	if len(c.Lines) == 1 {
		about = LineText(c.Lines[0])
	}
	about = strings.Trim(unfit().ReplaceAllString(about, "-"), "-")
	// Of what the case is, and not of its bug or the lines, which may be set right later.
	sum := sha256.Sum256([]byte(c.Signature + "\x00" + string(c.Data)))
	// Nothing may be left of it, and a name with a dash in front is a flag to most programs.
	return strings.TrimPrefix(about[:min(most, len(about))]+"-", "-") + hex.EncodeToString(sum[:4]) + Ending
}

// Failure is a file that is no case, or a case that gets no signature, and why. A folder with one is not all right, whatever the
// others do.
type Failure struct {
	Name string
	Err  error
}

// Ending is how the names of the files of cases end.
const Ending = ".json"

// Load reads the cases of a folder and those below it: all files that end in Ending, in the order of their paths.
func Load(folder fs.FS) ([]*Case, []Failure, error) {
	files, unread := map[string][]byte{}, []Failure(nil)
	err := fs.WalkDir(folder, ".", func(name string, entry fs.DirEntry, err error) error {
		// What lies behind it is not read, and must not look as if it had passed.
		if err == nil && leadsToFolder(folder, name, entry) {
			unread = append(unread, Failure{name, errors.New("a link to a folder, which is not followed")})
			return nil
		}
		// Other files, such as a README, may lie beside the cases.
		if err != nil || entry.IsDir() || path.Ext(name) != Ending {
			return err
		}
		if files[name], err = read(folder, name); err != nil {
			delete(files, name)
			unread = append(unread, Failure{name, err})
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("reading cases: %w", err)
	}
	cases, failures := ParseAll(files)
	return cases, append(unread, failures...), nil
}

// ParseAll reads the cases in files, in the order of their names.
func ParseAll(files map[string][]byte) (cases []*Case, failures []Failure) {
	// So that outcomes come in the same order each time.
	for _, name := range slices.Sorted(maps.Keys(files)) {
		c, err := Parse(name, files[name])
		if err != nil {
			failures = append(failures, Failure{name, err})
			continue
		}
		cases = append(cases, c)
	}
	return cases, failures
}

// leadsToFolder tells of a symbolic link to a folder.
func leadsToFolder(folder fs.FS, name string, entry fs.DirEntry) bool {
	if entry.Type()&fs.ModeSymlink == 0 {
		return false
	}
	info, err := fs.Stat(folder, name)
	return err == nil && info.IsDir()
}

func read(folder fs.FS, name string) ([]byte, error) {
	// Without this, a pipe would be waited for.
	if info, err := fs.Stat(folder, name); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// A byte more than is taken, so that Parse refuses what is too large and not what is left of it.
	return io.ReadAll(io.LimitReader(file, MaxBytes+1))
}
