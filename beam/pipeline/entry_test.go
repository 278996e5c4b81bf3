package pipeline

import (
	"errors"
	"fmt"
	"testing"
)

func TestSettle(t *testing.T) {
	entry := func(kind int, file string, line int, record string) *Entry {
		return &Entry{Kind: kind, ID: "c", File: file, Line: line, Record: []byte(record)}
	}
	a1, a2, b1 := entry(entryLine, "a", 1, "x"), entry(entryLine, "a", 2, "y"), entry(entryLine, "b", 1, "x")
	exportedX, exportedY := entry(entryExported, "d", 0, "x"), entry(entryExported, "e", 0, "y")
	missing := entry(entryMissing, "f", 0, "")
	for _, test := range []struct {
		copies []*Entry
		want   *Entry // nil for a conflict
	}{
		{[]*Entry{a1}, a1},
		{[]*Entry{missing}, missing},
		{[]*Entry{a1, a2}, a2},
		{[]*Entry{a1, a2, b1}, b1},
		{[]*Entry{b1, missing}, b1},
		{[]*Entry{missing, b1}, b1},
		{[]*Entry{missing, missing}, missing},
		{[]*Entry{b1, exportedX}, exportedX},
		{[]*Entry{exportedX, missing}, exportedX},
		{[]*Entry{missing, exportedX}, exportedX},
		{[]*Entry{exportedX, exportedX}, exportedX},
		{[]*Entry{a2, exportedX}, nil},
		{[]*Entry{a2, b1, exportedX}, nil},
		{[]*Entry{exportedX, exportedY}, nil},
	} {
		var name string
		for _, e := range test.copies {
			name += fmt.Sprintf(" %d:%s%d:%s", e.Kind, e.File, e.Line, e.Record)
		}
		got, err := settle(test.copies)
		if test.want == nil && !errors.Is(err, errConflict) || test.want != nil && got != test.want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, test.want)
		}
	}
}
