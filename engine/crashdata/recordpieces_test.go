package crashdata

import "testing"

// Pieces are in order, apart, within the record, and hold the frames of both threads.
func TestAppendPieces(t *testing.T) {
	c, err := ParseProcessed([]byte(`{"product": "Firefox", "crashing_thread": 1, "json_dump": {"crash_info": {"crashing_thread": 1}, "threads": [
		{"frames": [{"function": "Zero::zero()", "line": 7}]}, {"frames": [{"function": "One::one()"}, {"function": "Two::two()"}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	record := c.AppendRecord(nil)
	found, end := map[string]bool{}, 0
	for _, at := range AppendPieces(nil, record) {
		if at[0] < end || at[1] <= at[0] || at[1] > len(record) {
			t.Fatalf("%v after %d of %d", at, end, len(record))
		}
		end = at[1]
		found[string(record[at[0]+1:at[1]])] = true // behind its length
	}
	for _, text := range []string{"Firefox", string(rune(FrameCPP)) + "Zero::zero()", string(rune(FrameCPP)) + "One::one()", string(rune(FrameCPP)) + "Two::two()"} {
		if !found[text] {
			t.Errorf("no piece %q among %v", text, found)
		}
	}
	for _, record := range [][]byte{nil, {RecordVersion + 1}, record[:len(record)/2], append(record[:len(record):len(record)], 1)} {
		if pieces := AppendPieces([][2]int{{1, 2}}, record); len(record) < 2 && len(pieces) != 1 {
			t.Errorf("%v of no record", pieces)
		}
	}
}
