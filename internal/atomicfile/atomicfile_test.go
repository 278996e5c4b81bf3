package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func hello(w io.Writer) error { _, err := io.WriteString(w, "hello"); return err }

func TestWriteKeepsLinks(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("before, and longer"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if err := Write(link, hello); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(target); string(got) != "hello" {
		t.Errorf("the link's target holds %q, %v", got, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("the link is %v, %v", info, err)
	}
}

// TestWriteFollowsDanglingLinks: where there is nothing at the end of links yet, that is what is made.
func TestWriteFollowsDanglingLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "deep", "down"), 0o700); err != nil {
		t.Fatal(err)
	}
	links := map[string]string{"link": "second", "second": "folder/../target", "folder": "deep/down", "lost": "nowhere/target", "circle": "circle", "absolute": filepath.Join(dir, "deep", "file")}
	for name, to := range links {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"link": "deep/target", "absolute": "deep/file", "lost": "", "circle": ""} {
		err := Write(filepath.Join(dir, name), hello)
		if (err == nil) != (target != "") {
			t.Errorf("%s: %v", name, err)
		}
		if got, _ := os.ReadFile(filepath.Join(dir, target)); target != "" && string(got) != "hello" {
			t.Errorf("%s leads to %q", name, got)
		}
	}
	for name, to := range links {
		if got, err := os.Readlink(filepath.Join(dir, name)); got != to {
			t.Errorf("the link %s leads to %q, %v", name, got, err)
		}
	}
	broken := errors.New("broken")
	if err := os.Symlink("never", filepath.Join(dir, "unfinished")); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(dir, "unfinished"), func(io.Writer) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "never")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a failure leaves a file behind: %v", err)
	}
}

func TestWriteLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "report")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := Write(path, func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return broken })
	if !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "before" {
		t.Errorf("the file holds %q", got)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	nowhere := filepath.Join(dir, "nowhere")
	for path, want := range map[string]string{dir: "is a directory", filepath.Join(nowhere, "report"): "there is no folder " + nowhere} {
		if err := Write(path, hello); err == nil || err.Error() != "writing "+path+": "+want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// TestWriteKeepsProtected: what may not be written to stays as it is, and is named.
func TestWriteKeepsProtected(t *testing.T) {
	if os.Geteuid() <= 0 {
		t.Skip("root may write to everything, and Windows protects in other ways")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("before"), 0o400); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, hello); !errors.Is(err, fs.ErrPermission) || err.Error() != "writing "+path+": it is there, and may not be written to: permission denied" {
		t.Errorf("error %v", err)
	}
	if got, err := os.ReadFile(path); string(got) != "before" {
		t.Errorf("it holds %q, %v", got, err)
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(dir, 0o700) }() // so that it can be removed
	if err := Write(filepath.Join(dir, "other"), hello); !errors.Is(err, fs.ErrPermission) || err.Error() != "writing "+filepath.Join(dir, "other")+": no file can be made in "+dir+": permission denied" {
		t.Errorf("error %v", err)
	}
}
