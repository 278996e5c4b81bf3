package fetch

import (
	"errors"
	"testing"
)

func TestCut(t *testing.T) {
	for _, test := range []struct {
		in, want string
		raw      bool
	}{
		{in: `{"uuid": "x", "email": "a@b.c", "signature": "s"}`, want: `{"uuid": "x", "signature": "s"}`},
		{in: `{"email": "a", "url": "b", "uuid": "x"}`, want: `{"uuid": "x"}`},
		{in: `{"uuid": "x", "email": "a", "url": "b"}`, want: `{"uuid": "x"}`},
		{in: "{ \"email\" : {\"a\": [1, \"}\", {}]} ,\n\"url\" : 1 }", want: `{}`},
		{in: `{"json_dump": {"threads": [{"frames": [{"registers": {"r": 1}, "function": "f"}, {"function": "g", "registers": 0}], "x": []}], "y": "\""}, "z": "\\"}`, want: `{"json_dump": {"threads": [{"frames": [{"function": "f"}, {"function": "g"}]}]}}`},
		{in: `{"reason": [1, {"email": 2}, [{"a": 3}]], "email": [1, {"a": "]"}]}`, want: `{"reason": [1, {}, [{}]]}`},
		{in: `{"signature": [1, {"a": 2}], "java_exception": {"a": 1}}`, want: `{"signature": [1, {"a": 2}], "java_exception": {"":null}}`},
		{in: " {\n} ", want: " {\n} "},
		{in: `{"ProductName": "F", "Email": "a@b.c"}`, want: `{"ProductName": "F"}`, raw: true},
	} {
		if got, err := Strip([]byte(test.in), test.raw); err != nil || string(got) != test.want {
			t.Errorf("%s: got %s, %v, want %s", test.in, got, err, test.want)
		}
	}
	whole := []byte(` {"signature" : "s", "uuid":  "x"} `)
	if got, err := Strip(whole, false); err != nil || &got[0] != &whole[0] || len(got) != len(whole) {
		t.Errorf("a document with nothing to drop: got %s, %v", got, err)
	}
	for _, in := range []string{"", "[]", `"x"`, "1", " "} {
		if got, err := Strip([]byte(in), false); !errors.Is(err, errDocument) {
			t.Errorf("%q: got %q, %v, want errDocument", in, got, err)
		}
	}
}
