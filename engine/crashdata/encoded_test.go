package crashdata

import (
	"bytes"
	"testing"
)

// TestEncodedSurrogates: a surrogate that is encoded as if it were a character is one to Python; U+FFFD stands for
// it. Other bytes that are no UTF-8 are refused.
func TestEncodedSurrogates(t *testing.T) {
	doc := []byte("\ufeff{\"x\": \"\xed\xa0\x80\", \"uuid\": \"u\", \"json_dump\": {\"threads\": [{\"frames\": [{\"function\": \"f\xed\xb0\x80\"}]}]}}")
	c, kept, err := read(doc, nil, false)
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

// TestShapesNotUTF8: bytes that are no UTF-8 are refused in documents of every shape, also where nothing is read.
func TestShapesNotUTF8(t *testing.T) {
	for _, members := range []string{`"json_dump": {}`, `"threads": []`, `"crash_info": {}, "threads": []`, `"stack": [], "document_id": "d"`} {
		for _, bad := range []string{"\"x\": \"\xff\"", "\"\xc0\x80\": 1", "\"x\": [{\"\xff\": 1}]"} {
			doc := []byte("{" + bad + ", " + members + "}")
			if _, _, err := Read(doc, nil); err == nil {
				t.Errorf("Read takes %q", doc)
			}
			if _, err := ReadData(doc); err == nil {
				t.Errorf("ReadData takes %q", doc)
			}
		}
	}
}
