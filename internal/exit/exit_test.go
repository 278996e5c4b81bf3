package exit

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
)

// TestCodes: the code that an error brings is found however it is wrapped, of several the first, and so is its cause.
func TestCodes(t *testing.T) {
	plain := errors.New("plain")
	for _, test := range []struct {
		name string
		err  error
		code int // -1 for none
		text string
	}{
		{"nil", nil, -1, ""},
		{"plain", plain, -1, "plain"},
		{"with", With(Failed, plain), Failed, "plain"},
		{"without a message", With(Changed, nil), Changed, ""},
		{"usage", Usagef("--limit %d", -1), Usage, "--limit -1"},
		{"incomplete", Incompletef("%d crashes", 2), Incomplete, "2 crashes"},
		{"wrapped", fmt.Errorf("reading: %w", Usagef("x")), Usage, "reading: x"},
		{"wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", Incompletef("x"))), Incomplete, "a: b: x"},
		{"joined", errors.Join(plain, Usagef("x")), Usage, "plain\nx"},
		{"joined, the first counts", errors.Join(Incompletef("x"), Usagef("y")), Incomplete, "x\ny"},
		{"one in another, the outer counts", With(Failed, Usagef("x")), Failed, "x"},
		{"as text alone", fmt.Errorf("a: %v", Usagef("x")), -1, "a: x"},
	} {
		if got := Has(test.err); got != (test.code >= 0) {
			t.Errorf("%s: has a code: %v", test.name, got)
		}
		var e *Error
		if code := -1; errors.As(test.err, &e) {
			if code = e.Code; code != test.code {
				t.Errorf("%s: %d, want %d", test.name, code, test.code)
			}
		}
		if test.err != nil && test.err.Error() != test.text {
			t.Errorf("%s: %q, want %q", test.name, test.err, test.text)
		}
	}
}

// TestCauses: what an error with a code wraps is found in it.
func TestCauses(t *testing.T) {
	for name, err := range map[string]error{
		"with": With(Failed, fs.ErrNotExist), "usage": Usagef("a: %w", fs.ErrNotExist), "incomplete": Incompletef("a: %w", fs.ErrNotExist),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: its cause is lost", name)
		}
	}
	if errors.Is(With(Failed, nil), fs.ErrNotExist) {
		t.Error("no cause is taken for one")
	}
}
