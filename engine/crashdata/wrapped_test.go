package crashdata

import "testing"

// TestWrapped: a processed crash may stand in another object, as it does in the lines of some corpora; of several the last counts.
func TestWrapped(t *testing.T) {
	for doc, want := range map[string]string{
		`{"uuid": "x"}`: `{"uuid": "x"}`,
		`{"id": "x", "processed_crash": {"a": 1}}`:                          `{"a": 1}`,
		`{"processed_crash" :{"uuid": "y"}, "processed_crash" : {"a": 2} }`: `{"a": 2}`,
		`{"a": "processed_crash"}`:                                          `{"a": "processed_crash"}`,
		`{"oom_allocation_size": {}, "processed_crash": {"version": "1"}}`:  `{"version": "1"}`,
		`"processed_crash"`:                           `"processed_crash"`,
		"{\"id\": \"\xff\", \"processed_crash\": {}}": `{}`,
	} {
		c, inner, err := read([]byte(doc), nil, false)
		if err != nil || string(inner) != want {
			t.Errorf("%s: %s, %v, want %s", doc, inner, err, want)
			continue
		}
		plain, err := ParseProcessed([]byte(want))
		if err != nil || string(plain.AppendRecord(nil)) != string(c.AppendRecord(nil)) {
			t.Errorf("%s: not the crash of %s (%v)", doc, want, err)
		}
	}
	for _, doc := range []string{"", `{"processed_crash": {`, `{"processed_crash": 1}`, `{"processed_crash": {}} {}`, "{\"a\": \"\xff\"}", "{\"processed_crash\": {\"a\": \"\xff\"}}"} {
		if c, inner, err := read([]byte(doc), nil, false); err == nil || c != nil {
			t.Errorf("%s: %v, %s", doc, c, inner)
		}
	}
}
