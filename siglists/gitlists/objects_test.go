package gitlists

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
)

// Answers are those to the questions: also after a question for nothing, which git would answer.
func TestNothingIsAskedFor(t *testing.T) {
	c := newRepo(t)
	tip := c.commitLists("one")
	r := c.open()
	for range 2 {
		if err := r.objects(t.Context(), nil, func(i int, o object, _ bool) error { return fmt.Errorf("object %d is %v", i, o) }); err != nil {
			t.Error(err)
		}
		if got, ok := r.readCommit(t.Context(), tip); !ok || got.Hash != tip {
			t.Errorf("%s is %v, %v", tip, got, ok)
		}
		wantLists(t, r, tip, lists("one"))
	}
}

// An answer to another question is an error.
func TestAnswersAreToTheQuestions(t *testing.T) {
	one, two := strings.Repeat("1", 40), strings.Repeat("2", 40)
	for _, test := range []struct {
		request, answer string
		there, fails    bool
	}{
		{one, one + " blob 2\nab\n", true, false},
		{one, one + " missing\n", false, false},
		{one, two + " blob 2\nab\n", false, true},
		{one, two + " missing\n", false, true},
		{one, " missing\n", false, true},
		{"1111", "1111 ambiguous\n", false, false},
		{"1111", "1112 ambiguous\n", false, true},
		{one + ":folder", two + " tree 0\n\n", true, false},
		{one + ":a folder", one + ":a folder missing\n", false, false},
		{one + ":folder", one + ":other missing\n", false, true},
	} {
		o := objectReader{bufio.NewReader(strings.NewReader(test.answer))}
		if _, there, err := o.next(test.request); there != test.there || (err != nil) != test.fails {
			t.Errorf("%q, asked for %q: %v, %v", test.answer, test.request, there, err)
		}
	}
}
