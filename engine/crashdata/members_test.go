package crashdata

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMembersOfEveryShape: each member that is read comes with each shape of crashes, but for those that the shape has not, or has
// elsewhere. A new one that a shape forgets would leave signatures without it.
func TestMembersOfEveryShape(t *testing.T) {
	read := slices.Concat(metaMembers[:], valueMembers[:], []string{"oom_allocation_size", "java_exception", "java_stack_trace"})
	searched := []string{"uuid", searchedAs["date"]}
	for _, column := range SearchColumns() {
		searched = append(searched, searchedAs[column], column)
	}
	data, err := CrashData([]byte(`{"` + strings.Join(read, `":null,"`) + `":null,"json_dump":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	public, err := os.ReadFile("../../fetch/public.go")
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, match := range regexp.MustCompile(`(\w+)!`).FindAllSubmatch(public, -1) {
		kept = append(kept, string(match[1]))
	}
	for _, test := range []struct {
		shape string
		knows []string
		lacks string
	}{
		{"crash data", slices.Collect(maps.Keys(Object(data))), strings.Join(metaMembers[:], " ") + " moz_crash_reason"},
		{"annotations", slices.Collect(maps.Values(annotationMembers)), "additional_minidumps completed_datetime cpu_arch date_processed mdsw_status_string os os_name reason signature"},
		{"pings", slices.Collect(maps.Keys(pingMembers)), "abort_message additional_minidumps async_shutdown_timeout completed_datetime date_processed ipc_message_name java_exception java_stack_trace mdsw_status_string os reason uuid"},
		{"members that fetch keeps whatever they are", kept, "completed_datetime cpu_arch date_processed java_exception os_name process_type product reason release_channel startup_crash uuid version"},
		{"rows of searches", searched, "additional_minidumps completed_datetime java_exception mdsw_status_string os"},
	} {
		lacks := slices.DeleteFunc(slices.Sorted(slices.Values(read)), func(member string) bool { return slices.Contains(test.knows, member) })
		if diff := cmp.Diff(slices.Sorted(strings.FieldsSeq(test.lacks)), lacks); diff != "" {
			t.Errorf("%s lack (-want +got):\n%s", test.shape, diff)
		}
	}
}
