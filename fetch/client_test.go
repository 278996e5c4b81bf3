package fetch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigdiff/sigdiff/internal/crashstatstest"
)

func TestHeaders(t *testing.T) {
	for _, token := range []string{"", "s3cret"} {
		opts := crashstatstest.Options{Tokens: map[string]bool{"s3cret": true}, Gzip: true}
		withService(t, generated(crashstatstest.Corpus{N: 2}), opts, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
			cfg.Token = NewToken(" " + token + "\n")
			c, store := mustNew(t, cfg), newMemory()
			ids := idsOf(crashstatstest.Generate(crashstatstest.Corpus{N: 2}))
			if s, err := c.Pull(t.Context(), mustSurvey(t, ids, store, PullOptions{}), store.keep, PullOptions{}); err != nil || s.Fetched != 2 {
				t.Fatalf("%+v, %v", s, err)
			}
			for _, r := range srv.Requests() {
				want := map[string]string{"Accept": "application/json", "User-Agent": "sigdiff/test (+https://github.com/sigdiff/sigdiff)", "Accept-Encoding": "gzip", "Auth-Token": token}
				for name, value := range want {
					if got := r.Header.Get(name); got != value {
						t.Errorf("%s: %s is %q, want %q", r.Endpoint, name, got, value)
					}
				}
				if r.Endpoint == "RawCrash" && r.Params.Get("format") != "meta" {
					t.Errorf("raw crash asked for with %v", r.Params)
				}
			}
		})
	}
}

// Redirects within the origin are followed, with the token; others are not, and nobody else hears of it.
func TestRedirects(t *testing.T) {
	var heard []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		heard = append(heard, r.Header.Get("Auth-Token"))
		fmt.Fprint(w, `{"hits": [], "total": 0}`)
	}))
	defer elsewhere.Close()
	for path, want := range map[string]string{
		"/moved/": "", "/user/": "", "/circle/": "redirects more than 5 times",
		"/elsewhere/": "redirects to " + elsewhere.URL + ", which is not followed", "/downgrade/": "redirects to https://127.0.0.1",
	} {
		t.Run(path, func(t *testing.T) {
			var tokens []string
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				tokens = append(tokens, r.Header.Get("Auth-Token"))
				if sent := r.Header.Get("Authorization"); sent != "" {
					t.Errorf("credentials were sent: %q", sent)
				}
				switch prefix, _, _ := strings.Cut(r.URL.Path, "api/"); {
				case prefix == "/moved/":
					http.Redirect(w, r, "/here/?"+r.URL.RawQuery, http.StatusMovedPermanently)
				case prefix == "/user/":
					http.Redirect(w, r, "http://user:pw@"+r.Host+"/here/?"+r.URL.RawQuery, http.StatusFound)
				case prefix == "/elsewhere/":
					http.Redirect(w, r, elsewhere.URL+"/api/SuperSearch/", http.StatusFound)
				case prefix == "/downgrade/":
					http.Redirect(w, r, "https://"+r.Host+"/", http.StatusFound)
				case prefix == "/circle/":
					http.Redirect(w, r, r.URL.String(), http.StatusFound)
				default:
					fmt.Fprint(w, `{"hits": [], "total": 7}`)
				}
			}))
			defer srv.Close()
			c := mustNew(t, Config{Host: srv.URL + path, Token: NewToken("s3cret")})
			n, err := c.Count(t.Context(), lastWeeks(t))
			if want == "" && (err != nil || n != 7) {
				t.Errorf("counted %d, %v", n, err)
			}
			if want != "" && (!isA[*FatalError](err) || !strings.Contains(err.Error(), want)) {
				t.Errorf("error: %v", err)
			}
			for _, token := range tokens {
				if token != "s3cret" {
					t.Errorf("the service itself got the token %q", token)
				}
			}
		})
	}
	if len(heard) > 0 {
		t.Errorf("the other server was asked, with tokens %q", heard)
	}
}

func TestTokenIs(t *testing.T) {
	for _, test := range []struct {
		token, given string
		want         bool
	}{
		{"secret", "secret", true},
		{" secret\n", "secret", true},
		{"secret", "secre", false},
		{"secret", "secrets", false},
		{"secret", "", false},
		{"", "", false},
		{"", "secret", false},
	} {
		if got := NewToken(test.token).Is(test.given); got != test.want {
			t.Errorf("%q is %q: %v", test.token, test.given, got)
		}
	}
}

func TestTokenNeverShows(t *testing.T) {
	token := NewToken("s3cret-text")
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("made", "token", token, "config", Config{Token: token})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("made", "token", token, "config", Config{Token: token})
	c := mustNew(t, Config{Token: token})
	texts := []string{log.String(), token.String()}
	if shown := (Token{}).String(); shown != "" {
		t.Errorf("no token is shown as %q", shown)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, token), fmt.Sprintf(verb, &token), fmt.Sprintf(verb, Config{Token: token}), fmt.Sprintf(verb, c), fmt.Sprintf(verb, struct{ t Token }{token}))
	}
	for _, v := range []any{token, Config{Token: token}, map[string]any{"t": &token}} {
		text, err := json.Marshal(struct{ T any }{v})
		if err == nil {
			texts = append(texts, string(text))
		}
	}
	for _, text := range texts {
		if strings.Contains(text, "s3cret") || strings.Contains(text, fmt.Sprintf("%x", "s3cret")) {
			t.Errorf("shown: %.200s", text)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	token := NewToken("s3cret")
	for _, test := range []struct {
		cfg  Config
		text string
	}{
		{Config{Host: "http://crash-stats.example", Token: token}, "refusing to send the API token: http://crash-stats.example is not https"},
		{Config{Host: "http://10.0.0.1:8000", Token: token}, "refusing to send the API token"},
		{Config{Host: "http://localhost.example", Token: token}, "refusing to send the API token"},
		{Config{Token: NewToken("two words")}, "a character that no token has"},
		{Config{Token: NewToken("t\u043eken")}, "a character that no token has"},
		{Config{Host: "ftp://crash-stats.example"}, "write https://HOST"},
		{Config{Host: "https://"}, "write https://HOST"},
		{Config{Host: "https://user:pw@crash-stats.example"}, "its host is \"crash-stats.example\", and what stands before the @ are credentials"},
		{Config{Host: "https://crash-stats.example/?x=1"}, "more than a scheme and a host"},
		{Config{Host: "https://crash-stats.example/#x"}, "more than a scheme and a host"},
		{Config{Host: "ftp://user:pw@crash-stats.example"}, "\"...@crash-stats.example\""},
		{Config{Host: "https://user:p w@crash-stats.example"}, "\"...@crash-stats.example\""},
		{Config{Host: "https://cr\u0430sh-stats.example"}, "is not ASCII"},
		{Config{Rate: -3}, "must not be negative"},
	} {
		_, err := New(test.cfg)
		if err == nil || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "w@") {
			t.Errorf("%v: error %v, want %q", test.cfg.Host, err, test.text)
		}
	}
	for _, host := range []string{"http://localhost:8000", "http://127.0.0.1:1", "http://[::1]:80", "https://crash-stats.example", ""} {
		if _, err := New(Config{Host: host, Token: token}); err != nil {
			t.Errorf("%q: %v", host, err)
		}
	}
}

func TestParseHost(t *testing.T) {
	for in, want := range map[string]string{
		"": "https://crash-stats.mozilla.org/api/", "crash-stats.allizom.org": "https://crash-stats.allizom.org/api/", "HTTPS://Crash-Stats.Mozilla.ORG/": "https://crash-stats.mozilla.org/api/",
		"http://127.0.0.1:8000/api/": "http://127.0.0.1:8000/api/", "https://example.org/socorro": "https://example.org/socorro/api/",
	} {
		u, err := ParseHost(in)
		if err != nil || u.String() != want {
			t.Errorf("%q: %v, %v; want %s", in, u, err, want)
		}
	}
}

func TestReadTokenFile(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		name, text string
		mode       os.FileMode
		open       bool
		err        error
	}{
		{"good", "  abc123\r\n\n", 0o600, false, nil},
		{"open", "abc123", 0o644, true, nil},
		{"empty", "\n", 0o600, false, ErrTokenFile},
		{"two", "abc\ndef", 0o600, false, ErrTokenFile},
		{"huge", strings.Repeat("a", 5000), 0o600, false, ErrTokenFile},
	} {
		name := filepath.Join(dir, test.name)
		if err := os.WriteFile(name, []byte(test.text), test.mode); err != nil {
			t.Fatal(err)
		}
		token, open, err := ReadTokenFile(name)
		if !errors.Is(err, test.err) || open != test.open || (err == nil) == token.IsZero() {
			t.Errorf("%s: %v, %v, %v", test.name, token.IsZero(), open, err)
		}
	}
	if _, _, err := ReadTokenFile(filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error: %v", err)
	}
	env := map[string]string{"CRASHSTATS_API_TOKEN": "second"}
	if token := TokenFromEnv(func(k string) string { return env[k] }); token.IsZero() || *token.secret != "second" {
		t.Error("CRASHSTATS_API_TOKEN is not read")
	}
	env["SOCORRO_API_TOKEN"] = "first"
	if token := TokenFromEnv(func(k string) string { return env[k] }); *token.secret != "first" {
		t.Error("SOCORRO_API_TOKEN does not come first")
	}
}

type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		c := mustNew(t, Config{Transport: transportFunc(func(*http.Request) (*http.Response, error) {
			return nil, errors.New("http://user:p4ss@proxy.example: connection refused")
		})})
		_, err := c.Count(t.Context(), lastWeeks(t))
		want := regexp.MustCompile(`^asking https://crash-stats.mozilla.org for SuperSearch: https://crash-stats.mozilla.org answers with nothing but errors \(\d+ in a row\); the last: \.\.\.@proxy\.example: connection refused$`)
		if !isA[*FatalError](err) || !want.MatchString(err.Error()) {
			t.Errorf("error: %v", err)
		}
		if took := time.Since(begin); took > 15*time.Second {
			t.Errorf("gave up only after %v", took)
		}
	})
}

func TestOtherEndpoints(t *testing.T) {
	opts := crashstatstest.Options{
		Bugs: map[string][]int{"OOM | small": {12, 7}, "other": {7}, "unrelated": {1}},
		Signature: func(job json.RawMessage) any {
			return SignatureResult{Signature: "made of " + string(job), Notes: []string{"note"}}
		},
	}
	withService(t, generated(crashstatstest.Corpus{N: 100}), opts, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
		c := mustNew(t, cfg)
		bugs, err := c.Bugs(t.Context(), []string{"OOM | small"})
		if err != nil || len(bugs) != 3 {
			t.Errorf("bugs %v, %v", bugs, err)
		}
		dates, err := c.FirstDates(t.Context(), []string{"OOM | small", "never seen"})
		if err != nil || len(dates) != 1 || dates[0].Signature != "OOM | small" || dates[0].FirstDate == "" {
			t.Errorf("first dates %v, %v", dates, err)
		}
		var jobs []json.RawMessage
		var want []SignatureResult
		for i := range 120 {
			jobs = append(jobs, json.RawMessage(fmt.Sprint(i)))
			want = append(want, SignatureResult{Signature: fmt.Sprint("made of ", i), Notes: []string{"note"}})
		}
		got, err := c.CrashSignatures(t.Context(), jobs)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v, (-want +got)\n%s", err, diff)
		}
	})
}

// TestLongAddresses: what is asked for goes into as many requests as the service reads the addresses of, and a search that can't be
// divided is refused in words before it is sent.
func TestLongAddresses(t *testing.T) {
	var long []string
	for i := range 45 {
		long = append(long, fmt.Sprint(strings.Repeat("<::", i*85/44), i))
	}
	crashes := func() []crashstatstest.Crash {
		crashes := renumber(at(len(long), time.Date(1999, 12, 30, 0, 0, 0, 0, time.UTC)))
		for i := range crashes {
			crashes[i].Columns = map[string]any{"signature": long[i]}
		}
		return crashes
	}
	if n, none := Fitting([]string{strings.Repeat("x", longestAddress), "y"}), Fitting(nil); n != 1 || none != 0 {
		t.Errorf("%d of what doesn't fit, and %d of nothing", n, none)
	}
	withService(t, crashes, crashstatstest.Options{Limit: -1}, func(t *testing.T, srv *crashstatstest.Server, cfg Config) {
		c := mustNew(t, cfg)
		dates, err := c.FirstDates(t.Context(), long)
		if err != nil || len(dates) != len(long) || srv.Count("") > 30 {
			t.Errorf("%d dates, %v, %d requests", len(dates), err, srv.Count(""))
		}
		srv.ForgetRequests()
		q := lastWeeks(t)
		q.Terms = url.Values{"signature": long}
		if _, err := c.List(t.Context(), q, ListOptions{}); err == nil || !strings.Contains(err.Error(), "bytes, and the service reads 4079: ask for less at once") || srv.Count("") > 0 {
			t.Errorf("%v, %d requests", err, srv.Count(""))
		}
		q.Terms["signature"] = []string{"~" + strings.Repeat("a", 3700)}
		if _, err := c.Count(t.Context(), q); err != nil {
			t.Error(err)
		}
	})
}

// TestSignaturesThatAreMissing: a job without an answer of its own has no signature, which is not an empty one.
func TestSignaturesThatAreMissing(t *testing.T) {
	for name, test := range map[string]struct {
		result any
		good   bool
	}{
		"a signature":  {map[string]any{"signature": "a", "notes": []string{}}, true},
		"an empty one": {map[string]any{"signature": ""}, true},
		"none":         {map[string]any{"notes": []string{"failed"}}, false},
		"null for it":  {map[string]any{"signature": nil}, false},
		"null":         {nil, false},
		"a number":     {map[string]any{"signature": 1}, false},
		"no result":    {nil, false},
	} {
		opts := crashstatstest.Options{Limit: -1, Signature: func(job json.RawMessage) any {
			if string(job) == "1" {
				return test.result
			}
			return map[string]any{"signature": "other"}
		}}
		withService(t, generated(crashstatstest.Corpus{N: 1}), opts, func(t *testing.T, _ *crashstatstest.Server, cfg Config) {
			if name == "no result" {
				cfg.Transport = changing(cfg.Transport, func(answer map[string]any) { answer["results"] = answer["results"].([]any)[:1] })
			}
			got, err := mustNew(t, cfg).CrashSignatures(t.Context(), []json.RawMessage{[]byte("0"), []byte("1")})
			if (err == nil) != test.good || test.good && len(got) != 2 {
				t.Errorf("%s: %v, %v", name, got, err)
			}
		})
	}
}
