package crashdata

import (
	"bytes"
	"testing"
)

// TestEncodedSurrogates: a surrogate that is encoded as if it were a character is one to Python; U+FFFD stands for
// it. Other bytes that are no UTF-8 are refused.
func TestEncodedSurrogates(t *testing.T) {
	doc := []byte("\ufeff{\"x\": \"\xed\xa0\x80\", \"uuid\": \"u\", \"json_dump\": {\"threads\": [{\"frames\": [{\"function\": \"f\xed\xb0\x80\"}]}]}}")
	c, kept, err := ParseWrapped(doc)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Stack.Frames[0].Text; got != "f\ufffd" {
		t.Errorf("function %q", got)
	}
	if want := bytes.ReplaceAll(bytes.ReplaceAll(doc[3:], []byte("\xed\xa0\x80"), []byte("\ufffd")), []byte("\xed\xb0\x80"), []byte("\ufffd")); !bytes.Equal(kept, want) {
		t.Errorf("kept %q, want %q", kept, want)
	}
	for _, bad := range []string{"{\"x\": \"\xed\xa0\"}", "{\"x\": \"\xff\"}", "{\"x\": \"\xed\xc0\x80\"}", "\xff\xfe{\x00}\x00"} {
		if _, err := ParseProcessed([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
