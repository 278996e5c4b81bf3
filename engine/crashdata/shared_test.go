package crashdata

import (
	"bytes"
	"testing"
)

// What records share is in order, apart, within the record, and has the frames of both threads.
func TestRecordPlaces(t *testing.T) {
	c, err := ParseProcessed([]byte(`{"product": "Firefox", "crashing_thread": 1, "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [
		{"frames": [{"function": "Zero::zero()", "line": 7}]}, {"frames": [{"function": "One::one()"}, {"function": "Two::two()"}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	record, places := c.Record()
	if want := c.AppendRecord(nil); !bytes.Equal(record, want) {
		t.Fatalf("%q, want %q", record, want)
	}
	found, end := map[string]bool{}, 0
	for _, at := range places {
		if at[0] < end || at[1] <= at[0] || at[1] > len(record) {
			t.Fatalf("%v after %d of %d", at, end, len(record))
		}
		end = at[1]
		found[string(record[at[0]+1:at[1]])] = true // behind its length
	}
	for _, text := range []string{"Firefox", string(rune(FrameCPP)) + "Zero::zero()", string(rune(FrameCPP)) + "One::one()", string(rune(FrameCPP)) + "Two::two()"} {
		if !found[text] {
			t.Errorf("no %q among %v", text, found)
		}
	}
}
