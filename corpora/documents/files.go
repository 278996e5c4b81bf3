// Package documents reads crash documents from disk, as people keep them: NDJSON files, single JSON
// files, and the folder trees that other tools of the field write.
package documents

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// MaxDocument is the size in bytes, uncompressed, of the largest document that is read, which is what
// fetch takes from the service. Processed crashes are 100 to 600 KB, the largest a few MB.
const MaxDocument = 32 << 20

// MaxValues is how many commas the largest document has, which bounds the values in it: a value takes a hundred
// times the memory that it may take in the text. Processed crashes have 4,000 to 20,000, the largest 200,000.
const MaxValues = 500_000

// File is one file that may hold crash documents.
type File struct {
	Path string
	Size int64 // on disk, in bytes
	// ID is the crash id that the file's name holds, or "".
	ID string
	// Raw tells a file under a raw_crash folder: its document is a raw crash.
	Raw bool
}

// idEnding is what may come after the crash id that is a file's name, to tell its format.
var idEnding = lazyregexp.New(`(?i)(\.json)?(\.gz|\.zst)?$`)

// listName is a file name that promises documents without a crash id in it.
var listName = lazyregexp.New(`(?i)\.(json|ndjson|jsonl)(\.gz|\.zst)?$`)

// The folders of crashes that fetch-data and fetch_crash_data lay out. Those of dumps have the names of these.
const (
	rawFolder       = "raw_crash"
	processedFolder = "processed_crash"
	dumpNames       = "dump_names"
)

// List finds the files at paths: a file or pipe is taken as it is, and of a folder all files below it that are
// named by a crash id or end in .json, .ndjson or .jsonl, compressed or not. Links are followed, but not those inside
// folders. skipped counts the files of folders that are neither, or dumps.
func List(ctx context.Context, paths []string) (files []File, skipped int, err error) {
	for _, path := range paths {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, 0, fmt.Errorf("looking for crash documents: %s: %w", path, fs.ErrNotExist)
		}
		if err != nil {
			return nil, 0, fmt.Errorf("looking for crash documents: %w", err)
		}
		if info.Mode()&(fs.ModeDevice|fs.ModeSocket) != 0 {
			return nil, 0, fmt.Errorf("looking for crash documents: %s is a device, and no file", path)
		}
		if !info.IsDir() {
			files = append(files, newFile(path, info))
			continue
		}
		// With a slash behind it, a link to a folder is that folder.
		below, passed, err := listFolder(ctx, path+string(filepath.Separator))
		if err != nil {
			return nil, 0, fmt.Errorf("looking for crash documents below %s: %w", path, err)
		}
		files = append(files, below...)
		skipped += passed
	}
	return files, skipped, nil
}

func listFolder(ctx context.Context, root string) (files []File, skipped int, err error) {
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return ctx.Err()
		}
		// Folders of tools have lists, logs and minidumps beside the documents.
		if !entry.Type().IsRegular() || !isCandidate(entry.Name()) || isDump(root, path) {
			skipped++
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		files = append(files, newFile(path, info))
		return nil
	})
	return files, skipped, err
}

// isDump tells of a file below a folder that it is a minidump, or the names of some, by the folder that it is in. It has a crash
// id as its name, too.
func isDump(root, path string) bool {
	folder, name := filepath.Split(path)
	folder = filepath.Clean(folder)
	if !crashid.Valid(strings.ToLower(name)) || folder == filepath.Clean(root) || slices.Contains([]string{rawFolder, processedFolder}, filepath.Base(folder)) {
		return false
	}
	_, err := os.Stat(filepath.Join(filepath.Dir(folder), dumpNames))
	return err == nil
}

// IsListName tells of a file name that it promises documents, without a crash id in it.
func IsListName(name string) bool { return listName().MatchString(name) }

func isCandidate(name string) bool { return idOf(name) != "" || IsListName(name) }

// idOf is the crash id that is a file's name, in whatever case, or "".
func idOf(name string) string {
	if id := strings.ToLower(idEnding().ReplaceAllString(name, "")); crashid.Valid(id) {
		return id
	}
	return ""
}

func newFile(path string, info fs.FileInfo) File {
	f := File{Path: path, Size: info.Size(), ID: idOf(filepath.Base(path))}
	// Both kinds of files have the crash id as their name. From within the folder, the path alone doesn't name it.
	if whole, err := filepath.Abs(path); err == nil {
		path = whole
	}
	folders := strings.Split(filepath.ToSlash(filepath.Dir(path)), "/")
	// The nearest counts: folders of crashes may lie in any folder.
	for _, folder := range slices.Backward(folders) {
		if folder == rawFolder || folder == processedFolder {
			f.Raw = folder == rawFolder
			break
		}
	}
	return f
}
