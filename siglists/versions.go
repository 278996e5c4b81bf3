package siglists

import (
	"io/fs"

	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// Versions loads many versions of the same siglists, such as those of a history. Their files and lines
// are mostly the same, and each is parsed once. The sets match what any sets match, but line by line
// where that comes to the same: right for the few frames that differ from one version to the next, slow
// for many. It is for one goroutine; the sets are for any number.
type Versions struct {
	budget *pyre.Budget
	lists  map[listFile]*List
	lines  map[string]parsedLine
}

// listFile is what makes a list.
type listFile struct {
	name   Name
	source string
}

// parsedLine is a line as it matches alone.
type parsedLine struct {
	scanLine
	parses bool
	// alone tells that a line means the same in whatever list it stands, which flags, group names and
	// references don't allow.
	alone bool
}

// NewVersions makes a Versions without any, with a budget as LoadWithin has it.
func NewVersions(b *pyre.Budget) *Versions {
	return &Versions{budget: b, lists: map[listFile]*List{}, lines: map[string]parsedLine{}}
}

// Load is the function Load, for one more version.
func (v *Versions) Load(fsys fs.FS) (*Set, error) {
	lists := map[Name]*List{}
	for _, name := range Names() {
		source, err := readFile(fsys, name.File())
		if err == nil {
			lists[name] = v.list(name, source)
		}
		if lists[name] == nil {
			return LoadWithin(v.budget, fsys, nil) // which names everything that is wrong
		}
	}
	return NewWithin(v.budget, lists)
}

// list is a list ready to match; nil when something is wrong with it.
func (v *Versions) list(name Name, source []byte) *List {
	file := listFile{name, string(source)}
	list, known := v.lists[file]
	if !known {
		list = v.make(name, source)
		v.lists[file] = list
	}
	return list
}

func (v *Versions) make(name Name, source []byte) *List {
	list, problems := Parse(name, source)
	if len(problems) > 0 {
		return nil
	}
	lines := make(scan, len(list.Lines))
	alone := len(lines) > 0 // a list without lines matches everything
	for i, line := range list.Lines {
		parsed := v.line(line.Text)
		if !parsed.parses || v.budget.Spend(0) != nil {
			return nil
		}
		lines[i] = parsed.scanLine
		alone = alone && parsed.alone
	}
	switch {
	case name == Sentinels:
		list.compiled = true
	case alone:
		list.compiled, list.scan = true, lines
	default:
		if list, problems = list.compile(v.budget); len(problems) > 0 {
			return nil
		}
	}
	return list
}

func (v *Versions) line(text string) parsedLine {
	line, known := v.lines[text]
	if !known {
		if p, err := pyre.Parse(text); err == nil {
			line = parsedLine{newScanLine(p), true, p.StandsAlone()}
		}
		v.lines[text] = line
	}
	return line
}
