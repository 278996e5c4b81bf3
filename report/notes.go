package report

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

// notes are all notes of a report, in the order in which they are said: what could not be known first.
func (r *Report) notes() []Note {
	var unknown, known []Note
	for _, n := range append(r.codeNotes(), r.Notes...) {
		if n.Unknown {
			unknown = append(unknown, n)
		} else {
			known = append(known, n)
		}
	}
	return append(unknown, known...)
}
