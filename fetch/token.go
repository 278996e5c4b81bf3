package fetch

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"regexp"
	"strings"
)

// ErrTokenFile is wrapped by the errors of [ReadTokenFile] that are about what the file holds.
var ErrTokenFile = errors.New("no usable API token")

// A Token is an API token of the service. However it is printed, it shows only whether there is one.
type Token struct {
	// A pointer, so that printing a struct with a Token in an unexported field, where fmt can't call Format,
	// shows an address.
	secret *string
}

const redacted = "[token]"

// NewToken makes a token of text as people paste it: space around it is cut. An empty text is no token.
func NewToken(text string) Token {
	text = strings.TrimSpace(text)
	if text == "" {
		return Token{}
	}
	return Token{secret: &text}
}

// IsZero tells that there is no token.
func (t Token) IsZero() bool { return t.secret == nil }

// Is tells whether a text is the token, in a time that says nothing of it.
func (t Token) Is(text string) bool {
	if t.IsZero() {
		return false
	}
	own, given := sha256.Sum256([]byte(*t.secret)), sha256.Sum256([]byte(text)) // of equal length
	return subtle.ConstantTimeCompare(own[:], given[:]) == 1
}

// String hides the token.
func (t Token) String() string {
	if t.IsZero() {
		return ""
	}
	return redacted
}

// Format hides the token from every verb, %#v too.
func (t Token) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, t.String()) }

// MarshalText hides the token from JSON, XML, log/slog and other encoders.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

func (t Token) check() error {
	if t.IsZero() {
		return nil
	}
	for _, r := range *t.secret {
		if r <= ' ' || r > '~' {
			return fmt.Errorf("%w: it holds a character that no token has", ErrTokenFile)
		}
	}
	return nil
}

// TokenFromEnv takes the token from the environment variables that are customary for it: SOCORRO_API_TOKEN,
// else CRASHSTATS_API_TOKEN.
func TokenFromEnv(getenv func(string) string) Token {
	if t := NewToken(getenv("SOCORRO_API_TOKEN")); !t.IsZero() {
		return t
	}
	return NewToken(getenv("CRASHSTATS_API_TOKEN"))
}

// ReadTokenFile reads a token from the first line of a file; the rest must be empty. open tells that others
// than the owner may read the file, which deserves a warning.
func ReadTokenFile(name string) (t Token, open bool, err error) {
	const longest = 4096
	f, err := os.Open(name)
	if err != nil {
		return Token{}, false, fmt.Errorf("reading the token file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	text, readErr := io.ReadAll(io.LimitReader(f, longest+1))
	if err := cmp.Or(err, readErr); err != nil {
		return Token{}, false, fmt.Errorf("reading the token file: %w", err)
	}
	t = NewToken(string(text))
	// A file that was given by mistake, such as a key or a whole configuration, must not be sent to anybody.
	if t.IsZero() || len(text) > longest {
		return Token{}, false, fmt.Errorf("%w in %s: one line is expected", ErrTokenFile, name)
	}
	if err := t.check(); err != nil {
		return Token{}, false, fmt.Errorf("%s: %w", name, err)
	}
	return t, info.Mode().Perm()&0o077 != 0, nil
}

// mayTravel refuses to send a token where others on the way could read it.
func (t Token) mayTravel(to *url.URL) error {
	if t.IsZero() || to.Scheme == "https" || loopback(to.Hostname()) {
		return nil
	}
	return fmt.Errorf("refusing to send the API token: %s is not https, and others on the way could read the token; use https, or no token", origin(to))
}

func loopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

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
	if text := t.without(err.Error()); text != err.Error() {
		return errors.New(text)
	}
	return err
}

// without is a text without the token, in either case: names of hosts are in lower case.
func (t Token) without(text string) string {
	if t.IsZero() {
		return text
	}
	return regexp.MustCompile("(?i)"+regexp.QuoteMeta(*t.secret)).ReplaceAllLiteralString(text, redacted)
}
