// Package atomicfile writes files as a whole.
package atomicfile

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Write writes a file as a whole, readable by the user alone: on failure, what was there before
// stays, and so does a file that the user may not write to. A device or a pipe is written to, never replaced, and a
// link stays one.
func Write(path string, write func(io.Writer) error) error {
	if err := replace(path, write); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

func replace(path string, write func(io.Writer) error) (err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		path = linked(path)
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("is a directory")
	// What reads the other end of a pipe waits for this very pipe, and /dev/stdout is no file to replace.
	case !info.Mode().IsRegular():
		return writeInto(path, write)
	default:
		path, err = filepath.EvalSymlinks(path)
		if err := cmp.Or(err, mayWrite(path)); err != nil {
			return err
		}
	}
	// In the same folder: a file can only be renamed within a file system. With a dot in front, programs that
	// read all files of a folder pass it over.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s", filepath.Dir(path))
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("no file can be made in %s: %w", filepath.Dir(path), fs.ErrPermission)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := buffered(f, write); err != nil {
		return err
	}
	// A disk that is full may say so only now, and the old file must still be there.
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// mayWrite fails for a file that is protected from being written to. To put another in its place, the system only asks
// whether the folder is.
func mayWrite(path string) error {
	// Opened and closed again, with nothing written: it is the only way to ask that holds for every system.
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("it is there, and may not be written to: %w", fs.ErrPermission)
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// linked is the file that a path leads to through links, which isn't there yet: it is what a shell's > makes.
func linked(path string) string {
	const most = 40 // as the system follows
	// Links that lead in a circle end here, and creating the file then says what is wrong.
	for range most {
		to, err := os.Readlink(path)
		if err != nil {
			return path
		}
		// A relative link is read from the folder that it lies in.
		if !filepath.IsAbs(to) {
			to = path[:len(path)-len(filepath.Base(path))] + to // not cleaned: .. means the parent of where a link leads
		}
		path = to
	}
	return path
}

// writeInto writes to what is no regular file, of which only a part may arrive.
func writeInto(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return cmp.Or(buffered(f, write), f.Close())
}

// buffered writes through a buffer: a page of HTML comes in a hundred thousand pieces.
func buffered(f *os.File, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 1<<16)
	return cmp.Or(write(w), w.Flush())
}

// Lines is what writes each line, for [Write].
func Lines(lines []string) func(io.Writer) error {
	return func(w io.Writer) error {
		for _, line := range lines {
			if _, err := fmt.Fprintln(w, line); err != nil {
				return err
			}
		}
		return nil
	}
}
