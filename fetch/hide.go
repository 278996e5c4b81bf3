package fetch

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
)

// A service, or a proxy in front of it, that repeats the headers it was sent would put the token into errors,
// summaries and the cache. So the token is taken out of all that comes back, before anything is made of it.

// hideIn takes the token out of an answer.
func (t Token) hideIn(body []byte) []byte {
	// Nearly always there is nothing to hide, and the answer is not copied.
	if t.IsZero() || !bytes.Contains(body, []byte(*t.secret)) {
		return body
	}
	return bytes.ReplaceAll(body, []byte(*t.secret), []byte(redacted))
}

// hide takes the token out of what an error says.
func (t Token) hide(err error) error {
	if err == nil || t.IsZero() || !strings.Contains(err.Error(), *t.secret) {
		return err
	}
	return errors.New(t.without(err.Error()))
}

// without is a text without the token, in either case: names of hosts are in lower case.
func (t Token) without(text string) string {
	if t.IsZero() {
		return text
	}
	return regexp.MustCompile("(?i)"+regexp.QuoteMeta(*t.secret)).ReplaceAllLiteralString(text, redacted)
}
