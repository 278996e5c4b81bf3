package gitlists

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/sigdiff/sigdiff/siglists"
)

// maxListBytes bounds one list's file. The largest since 2016 has 8 KB.
const maxListBytes = 16 << 20

// TrimDLLFile is the fifth list that Socorro had until December 2018: frames that it matched were cut
// down to their module's name. What came in its place is part of the code.
const TrimDLLFile = "trim_dll_signature_re.txt"

// fourLists is when Socorro lost the fifth list.
var fourLists = time.Date(2018, time.December, 20, 0, 0, 0, 0, time.UTC)

// Lists are the files of siglists at one commit.
type Lists struct {
	Path string // where they are in the repository
	// HasTrimDLL tells that TrimDLLFile was there too. It is not read.
	HasTrimDLL bool

	files files
}

// FS holds the files of the lists, those of the four that there are, at its top.
func (l *Lists) FS() fs.FS { return l.files }

// Set loads the lists. See siglists.Load for its errors.
func (l *Lists) Set() (*siglists.Set, error) { return siglists.Load(l.files) }

// Warning says what is special about the lists of a commit that today's algorithm can't honour; it is
// empty when there is nothing.
func (l *Lists) Warning(c Commit) string {
	if !l.HasTrimDLL && !c.Date.Before(fourLists) {
		return ""
	}
	fifth := "the four lists are used with today's algorithm"
	if l.HasTrimDLL {
		fifth = TrimDLLFile + " is left out, and " + fifth
	}
	return fmt.Sprintf("siglists of %s: before December 2018 Socorro had a fifth list and another algorithm; %s", c.Date.Format(time.DateOnly), fifth)
}

// listFiles are the names of the files that are read.
func listFiles() []string {
	var names []string
	for _, name := range siglists.Names() {
		names = append(names, name.File())
	}
	return names
}

// files is a file system of files at its top, held in memory. What is no regular file has the content nil.
type files map[string][]byte

// Open opens a file, or the top folder.
func (f files) Open(name string) (fs.File, error) {
	if name == "." {
		return &openDir{fileInfo: fileInfo{name: ".", dir: true}, entries: f.entries()}, nil
	}
	content, ok := f[name]
	if !ok || !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &openFile{Reader: bytes.NewReader(content), fileInfo: infoOf(name, content)}, nil
}

func (f files) entries() []fs.DirEntry {
	var entries []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(f)) {
		entries = append(entries, fs.FileInfoToDirEntry(infoOf(name, f[name])))
	}
	return entries
}

type fileInfo struct {
	name      string
	size      int64
	dir       bool
	irregular bool
}

func infoOf(name string, content []byte) fileInfo {
	return fileInfo{name: name, size: int64(len(content)), irregular: content == nil}
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.dir }
func (i fileInfo) Sys() any           { return nil }

func (i fileInfo) Mode() fs.FileMode {
	switch {
	case i.dir:
		return fs.ModeDir | 0o555
	case i.irregular:
		return fs.ModeIrregular | 0o444
	}
	return 0o444
}

type openFile struct {
	*bytes.Reader
	fileInfo
}

// Size is that of the file: the embedded reader has one as well.
func (f *openFile) Size() int64                { return f.fileInfo.size }
func (f *openFile) Stat() (fs.FileInfo, error) { return f.fileInfo, nil }
func (f *openFile) Close() error               { return nil }

type openDir struct {
	fileInfo
	entries []fs.DirEntry
}

func (d *openDir) Stat() (fs.FileInfo, error) { return d.fileInfo, nil }
func (d *openDir) Close() error               { return nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: ".", Err: fs.ErrInvalid}
}

// ReadDir hands out the entries as fs.ReadDirFile says.
func (d *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.entries) {
		if n > 0 && len(d.entries) == 0 {
			return nil, io.EOF
		}
		n = len(d.entries)
	}
	out := d.entries[:n]
	d.entries = d.entries[n:]
	return out, nil
}
