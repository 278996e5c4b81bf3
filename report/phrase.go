package report

import "strings"

// span is a part of a phrase: words, or data such as a signature, a frame or a list line, which stays in
// one piece and is shown as it is.
type span struct {
	Text string
	Code bool
}

// phrase is a sentence, or a part of one, that each format writes in its own way.
type phrase []span

// say makes a phrase of words and data in turn: the first, third, ... argument are words.
func say(parts ...string) phrase {
	var p phrase
	for i, part := range parts {
		if i%2 == 1 || part != "" {
			p = append(p, span{part, i%2 == 1})
		}
	}
	return p
}

// String is the phrase as plain text.
func (p phrase) String() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.Text)
	}
	return b.String()
}

// words are what the phrase may be broken into: words at spaces, data never.
func (p phrase) words() []string {
	var words []string
	glued := false // to the last word
	push := func(word string) {
		if glued {
			words[len(words)-1] += word
		} else {
			words = append(words, word)
		}
		glued = true
	}
	for _, s := range p {
		if s.Code {
			push(s.Text)
			continue
		}
		for i, word := range strings.Split(s.Text, " ") {
			if i > 0 {
				glued = false
			}
			if word != "" {
				push(word)
			}
		}
	}
	return words
}

// list is a phrase with commas between data.
func listed(data []string) phrase {
	var p phrase
	for i, d := range data {
		if i > 0 {
			p = append(p, span{Text: ", "})
		}
		p = append(p, span{d, true})
	}
	return p
}
