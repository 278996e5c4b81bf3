package report

import "slices"

// Note is a sentence that a reader must know before the figures.
type Note struct {
	Text string
	// Unknown is set where the figures can't speak of what the sentence says: a comparison with such a note
	// is incomplete, whatever it counts.
	Unknown bool
}

// Unknown is what the figures can't speak of, a sentence each; nil when they speak of everything.
func (r *Report) Unknown() []string {
	var texts []string
	for _, n := range r.notes() {
		if n.Unknown {
			texts = append(texts, n.Text)
		}
	}
	return texts
}

// notes are all notes of a report, those that follow from its sides and totals included, in the order in which
// they are said: what could not be known first.
func (r *Report) notes() []Note {
	var unknown, known []Note
	for _, n := range slices.Concat(r.codeNotes(), r.Notes, []Note{r.nothing(), r.same(), r.moved()}) {
		switch {
		case n.Text == "":
		case n.Unknown:
			unknown = append(unknown, n)
		default:
			known = append(known, n)
		}
	}
	return append(unknown, known...)
}

// nothing says that there was nothing to compare: no crashes, or none with a stack.
func (r *Report) nothing() Note {
	switch t := r.Totals; {
	case t.Crashes == 0:
		return Note{"there was no crash to compare", true}
	case t.Compared == 0:
		return Note{"no crash could be compared", true}
	case t.WithoutStack == t.Compared:
		return Note{NoStack(t.WithoutStack, t.Compared), true}
	}
	return Note{}
}

// NoStack says how many crashes have nothing to make a signature from.
func NoStack(without, of int) string {
	return number(without) + " of " + number(of) + " crashes have no stack: no frame of the crashing thread in json_dump.threads, and no Java exception; is this a processed crash?"
}

// same says that both sides are the same.
func (r *Report) same() Note {
	b, c := r.Base, r.Candidate
	switch {
	case b.Kind == c.Kind && (b.Kind == "recorded" || b.Kind == "accepted"):
		return Note{Text: "base and candidate are the same signatures"}
	case b.Digest == "" || b.Digest != c.Digest || b.Rules != c.Rules:
		return Note{}
	case b.Kind == "accepted" || c.Kind == "accepted":
		return Note{Text: "the siglists are those of the acceptance"}
	}
	return Note{Text: "base and candidate are the same siglists, with the same rules"}
}

// moved says that accepted signatures were made of other data.
func (r *Report) moved() Note {
	switch n := r.Totals.DataChanged; n {
	case 0:
		return Note{}
	case 1:
		return Note{Text: "the data of 1 crash changed since its signature was accepted, which may be why that differs, or why it doesn't"}
	default:
		return Note{Text: "the data of " + number(n) + " crashes changed since their signatures were accepted, which may be why these differ, or why they don't"}
	}
}
