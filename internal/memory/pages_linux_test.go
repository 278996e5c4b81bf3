package memory

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"
)

func TestHeapIsInLargePages(t *testing.T) {
	maps, err := os.ReadFile("/proc/self/smaps")
	if _, none := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil || none != nil || !strings.Contains(string(maps), "VmFlags:") {
		t.Skip("the system has no large pages, or doesn't tell where")
	}
	Prepare()
	next := make([]byte, size/8)                              // more than lies free before
	at := uintptr(unsafe.Pointer(&next[len(next)-largePage])) // it may begin below the first large page
	if flags := flagsOf(t, at); !strings.Contains(flags+" ", " hg ") {
		t.Errorf("memory at %x, which was taken after Prepare, has the flags %q; want hg, for huge pages", at, flags)
	}
	runtime.KeepAlive(next)
}

// flagsOf are the flags of the mapping that has an address.
func flagsOf(t *testing.T, at uintptr) string {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	in := false
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		if n, _ := fmt.Sscanf(line, "%x-%x ", &from, &to); n == 2 {
			in = from <= at && at < to
		}
		if flags, ok := strings.CutPrefix(line, "VmFlags:"); ok && in {
			return strings.TrimSpace(flags)
		}
	}
	t.Fatalf("no mapping has %x", at)
	return ""
}
