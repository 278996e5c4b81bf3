//go:build ordeal && linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/sigdiff/sigdiff/internal/exit"
)

// TestOrdealFullDisk is TestDiskFull on a file system that really is full: a small one in memory, of a
// different size each time, so that the commands fail at different moments.
func TestOrdealFullDisk(t *testing.T) {
	f := newFaulty(t)
	before := f.stored(t, f.path)
	stopped, ran := map[string]int{}, map[string]int{}
	for size := 512 << 10; size <= 24<<20; size += size / 2 {
		for name, args := range f.writing() {
			dir := smallDisk(t, size)
			path := filepath.Join(dir, "crashes.db")
			copyCache(t, f.path, path)
			code, stderr, _ := f.runAs("sigdiff", path, args)
			switch {
			case code == exit.OK:
				ran[name]++
			case code == exit.Failed && strings.Contains(stderr, path) && strings.Contains(stderr, "no space left on device"):
				stopped[name]++
			default:
				t.Errorf("%s on %d bytes: exit code %d: %s", name, size, code, stderr)
			}
			if name != "prune" { // which removes, and then finds no room to compact
				checkNothingLost(t, f, path, before)
			}
			if err := syscall.Unmount(dir, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name := range f.writing() {
		fmt.Printf("%-14s stopped %2d times, had room %2d times\n", name, stopped[name], ran[name])
	}
}

// smallDisk mounts a file system in memory.
func smallDisk(t *testing.T, size int) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("skipped: only root can mount a small file system; TestDiskFull limits the size of files instead")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprint("size=", size)); err != nil {
		t.Skip("skipped: a small file system can't be mounted: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) }) // after a failure
	return dir
}
