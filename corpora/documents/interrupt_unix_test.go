//go:build unix

package documents

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestOpenPipe: waiting for the other end of a pipe, to come or to write, ends with the context.
func TestOpenPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skipf("no pipe can be made: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := Open(ctx, path); !errors.Is(err, context.Canceled) {
		t.Errorf("opened with %v", err)
	}
	writer, err := os.OpenFile(path, os.O_RDWR, 0) // which waits for nobody
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	if _, err := writer.WriteString("ab"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	reader, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	got := make([]byte, 2)
	if _, err := io.ReadFull(reader, got); err != nil || string(got) != "ab" {
		t.Errorf("read %q, %v", got, err)
	}
	go cancel()
	if n, err := reader.Read(got); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if err := Read(ctx, []File{{Path: path}}, func(int) {}, func(Document) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("read with %v", err)
	}
}
