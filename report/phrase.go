package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/lazyregexp"
	"github.com/sigdiff/sigdiff/internal/plural"
)

// span is a part of a phrase: words, or data such as a signature, a frame or a list line, which stays in
// one piece and is shown as it is.
// Markdown writes data as code, HTML escapes it, and a terminal shows it in one piece.
type span struct {
	Text string
	Code bool
}

// Phrase is a sentence, or a part of one, that each format writes in its own way.
type Phrase []span

// say makes a phrase of words and data in turn: the first, third, ... argument are words.
func say(parts ...string) Phrase {
	var p Phrase
	for i, part := range parts {
		if i%2 == 1 || part != "" {
			p = append(p, span{part, i%2 == 1})
		}
	}
	return p
}

// verb is one of fmt's in a format.
var verb = lazyregexp.New(`%[-+# 0-9.]*[a-z]`)

// Sentence makes a phrase as fmt.Sprintf does. What is put in is data, but for numbers, and for phrases.
// So a name in a sentence can't become markup, whoever wrote the sentence.
func Sentence(format string, args ...any) Phrase {
	var p Phrase
	for {
		at := verb().FindStringIndex(format)
		// A percent sign behind the last argument stays as it is.
		if at == nil || len(args) == 0 {
			return slices.Concat(p, say(format))
		}
		p = slices.Concat(p, say(format[:at[0]]))
		// Words of the format are trusted as they are; arguments never.
		form := format[at[0]:at[1]]
		format = format[at[1]:]
		if part, ok := args[0].(Phrase); ok {
			p = slices.Concat(p, part)
		} else {
			p = append(p, span{fmt.Sprintf(form, args[0]), !strings.HasSuffix(form, "d")})
		}
		args = args[1:]
	}
}

// Marked is the phrase with what its words have in backticks as data, for a format that writes data in a way of its own.
func (p Phrase) Marked() Phrase {
	var marked Phrase
	for _, s := range p {
		for !s.Code {
			at := quotedData().FindStringIndex(s.Text)
			if at == nil {
				break
			}
			marked = append(marked, span{Text: s.Text[:at[0]]}, span{s.Text[at[0]+1 : at[1]-1], true})
			s.Text = s.Text[at[1]:]
		}
		marked = append(marked, s)
	}
	return marked
}

// String is the phrase as plain text.
func (p Phrase) String() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteString(s.Text)
	}
	return b.String()
}

// words are what the phrase may be broken into: words at spaces, data never.
// Where data and words meet without a space, such as in front of a comma, they stay together.
func (p Phrase) words() []string {
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

// joined is phrases with words between them.
func joined(phrases []Phrase, between string) Phrase {
	var all Phrase
	for i, p := range phrases {
		if i > 0 {
			all = append(all, span{Text: between})
		}
		all = append(all, p...)
	}
	return all
}

// joinedUpTo is joined, of the first of them, and behind these how many more there are.
func joinedUpTo(most int, phrases []Phrase, between string) Phrase {
	shown, more := Limited(phrases, most)
	all := joined(shown, between)
	if more > 0 {
		all = append(all, span{Text: between + "and " + plural.Number(more) + " more"})
	}
	return all
}

// listed is a phrase with commas between data.
func listed(data []string) Phrase { return joined(each(data, asData), ", ") }

func asData(text string) Phrase { return say("", text) }
