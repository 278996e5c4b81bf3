package serve

import (
	"context"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestRefused: who may ask what, for each reason to be refused.
func TestRefused(t *testing.T) {
	const job = `{"jobs":[{}]}`
	type h = map[string]string
	token := func(c *Config) { c.Token = func(given string) bool { return given == "right" } }
	public := func(c *Config) { c.Public, c.Hosts = true, []string{"Signatures.example.org"} }
	for name, test := range map[string]struct {
		config       func(*Config)
		method, path string
		headers      h
		status       int
	}{
		"a usual request":          {nil, "POST", "/api/CrashSignature/", nil, 200},
		"localhost":                {nil, "POST", "/api/CrashSignature/", h{"Host": "localhost:8073"}, 200},
		"Localhost, no port":       {nil, "POST", "/api/CrashSignature/", h{"Host": "LocalHost"}, 200},
		"IPv6":                     {nil, "POST", "/api/CrashSignature/", h{"Host": "[::1]:8073"}, 200},
		"IPv6, no port":            {nil, "POST", "/api/CrashSignature/", h{"Host": "[::1]"}, 200},
		"IPv4 in IPv6":             {nil, "POST", "/api/CrashSignature/", h{"Host": "[::ffff:127.0.0.1]:1"}, 200},
		"a forwarded port":         {nil, "POST", "/api/CrashSignature/", h{"Host": "127.0.0.1:9000"}, 200},
		"a name made to lead here": {nil, "POST", "/api/CrashSignature/", h{"Host": "evil.example:8073"}, 403},
		"localhost as a part":      {nil, "POST", "/api/CrashSignature/", h{"Host": "localhost.evil.example"}, 403},
		"an address as a part":     {nil, "POST", "/api/CrashSignature/", h{"Host": "127.0.0.1.evil.example"}, 403},
		"another address":          {nil, "POST", "/api/CrashSignature/", h{"Host": "192.0.2.1:8073"}, 403},
		"any address":              {nil, "POST", "/api/CrashSignature/", h{"Host": "0.0.0.0:8073"}, 403},
		"no host":                  {nil, "POST", "/api/CrashSignature/", h{"Host": ""}, 403},
		"a wrong host's health":    {nil, "GET", "/healthz", h{"Host": "evil.example"}, 403},
		"a wrong host's metrics":   {nil, "GET", "/metrics", h{"Host": "evil.example"}, 403},
		"a wrong host's nothing":   {nil, "GET", "/", h{"Host": "evil.example"}, 403},
		"public, an address":       {public, "POST", "/api/CrashSignature/", h{"Host": "192.0.2.1:8073"}, 200},
		"public, its name":         {public, "POST", "/api/CrashSignature/", h{"Host": "signatures.example.org"}, 200},
		"public, another name":     {public, "POST", "/api/CrashSignature/", h{"Host": "evil.example"}, 403},
		"another site":             {nil, "POST", "/api/CrashSignature/", h{"Origin": "http://evil.example"}, 403},
		"another site, https":      {nil, "POST", "/api/CrashSignature/", h{"Origin": "https://127.0.0.1.evil.example:8073"}, 403},
		"another port":             {nil, "POST", "/api/CrashSignature/", h{"Origin": "http://127.0.0.1:1"}, 403},
		"no site":                  {nil, "POST", "/api/CrashSignature/", h{"Origin": "null"}, 403},
		"a fetch of another site":  {nil, "POST", "/bigquery", h{"Sec-Fetch-Site": "cross-site"}, 403},
		"a neighbour's fetch":      {nil, "POST", "/bigquery", h{"Sec-Fetch-Site": "same-site"}, 403},
		"its own page":             {nil, "POST", "/api/CrashSignature/", h{"Origin": "http://127.0.0.1:8073"}, 200},
		"its own page, newer":      {nil, "POST", "/api/CrashSignature/", h{"Origin": "http://127.0.0.1:8073", "Sec-Fetch-Site": "same-origin"}, 200},
		"a form":                   {nil, "POST", "/api/CrashSignature/", h{"Content-Type": "text/plain"}, 415},
		"a form's fields":          {nil, "POST", "/api/CrashSignature/", h{"Content-Type": "application/x-www-form-urlencoded"}, 415},
		"no type":                  {nil, "POST", "/api/CrashSignature/", h{"Content-Type": ""}, 415},
		"JSON in UTF-8":            {nil, "POST", "/api/CrashSignature/", h{"Content-Type": "application/json; charset=utf-8"}, 200},
		"compressed":               {nil, "POST", "/api/CrashSignature/", h{"Content-Encoding": "gzip"}, 415},
		"a question first":         {nil, "OPTIONS", "/api/CrashSignature/", h{"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}, 405},
		"GET":                      {nil, "GET", "/api/CrashSignature/", nil, 405},
		"PUT":                      {nil, "PUT", "/bigquery", nil, 405},
		"POST for health":          {nil, "POST", "/healthz", nil, 405},
		"HEAD for health":          {nil, "HEAD", "/healthz", nil, 200},
		"HEAD for signatures":      {nil, "HEAD", "/api/CrashSignature/", nil, 405},
		"nothing there":            {nil, "GET", "/", nil, 404},
		"no slash":                 {nil, "POST", "/api/CrashSignature", nil, 404},
		"a way around":             {nil, "POST", "/x/../bigquery", nil, 404},
		"an escaped slash":         {nil, "POST", "/api%2FCrashSignature/", nil, 404},
		"an escaped letter":        {nil, "GET", "/%6detrics", nil, 404},
		"the right token":          {token, "POST", "/api/CrashSignature/", h{"Authorization": "Bearer right"}, 200},
		"the word's case":          {token, "POST", "/api/CrashSignature/", h{"Authorization": "bearer right"}, 200},
		"no token":                 {token, "POST", "/api/CrashSignature/", nil, 401},
		"a wrong token":            {token, "POST", "/api/CrashSignature/", h{"Authorization": "Bearer wrong"}, 401},
		"an empty token":           {token, "POST", "/api/CrashSignature/", h{"Authorization": "Bearer "}, 401},
		"only a token":             {token, "POST", "/api/CrashSignature/", h{"Authorization": "right"}, 401},
		"a password":               {token, "POST", "/api/CrashSignature/", h{"Authorization": "Basic right"}, 401},
		"no token for BigQuery":    {token, "POST", "/bigquery", nil, 401},
		"no token for metrics":     {token, "GET", "/metrics", nil, 401},
		"a token for metrics":      {token, "GET", "/metrics", h{"Authorization": "Bearer right"}, 200},
		"no token for nothing":     {token, "GET", "/x", nil, 401},
		"no token for health":      {token, "GET", "/healthz", nil, 200},
		"a token elsewhere":        {token, "POST", "/api/CrashSignature/?token=right", h{"Cookie": "token=right", "Auth-Token": "right"}, 401},
	} {
		body := job
		if test.path == "/bigquery" {
			body = `{"calls":[]}`
		}
		w := send(newTestServer(t, test.config), test.method, test.path, body, test.headers)
		if w.Code != test.status {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, test.status)
		}
		for header := range w.Header() {
			if strings.HasPrefix(header, "Access-Control-") {
				t.Errorf("%s: pages of other sites may read the answer: %s", name, header)
			}
		}
		if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: X-Content-Type-Options %q", name, got)
		}
		if got := w.Header().Get("WWW-Authenticate"); (got != "") != (test.status == 401) {
			t.Errorf("%s: WWW-Authenticate %q", name, got)
		}
	}
}

// TestNoBodyIsReadBeforeRefusal: who may not ask makes the server read nothing.
func TestNoBodyIsReadBeforeRefusal(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.Token = func(string) bool { return false } })
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/api/CrashSignature/", untouched{t})
	if err != nil {
		t.Fatal(err)
	}
	s.ServeHTTP(discard{http.Header{}}, r)
}

type untouched struct{ t *testing.T }

func (u untouched) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, context.Canceled
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// TestLimits: each limit lets through what just keeps it, and refuses what is one beyond.
func TestLimits(t *testing.T) {
	small := func(c *Config) { c.Limits.Jobs, c.Limits.Crash, c.Limits.Body = 3, 100, 1000 }
	text := func(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }
	for name, test := range map[string]struct {
		path, body string
		status     int
		want       string
	}{
		"jobs":                {"/api/CrashSignature/", `{"jobs":[{},{},{}]}`, 200, "results"},
		"one job more":        {"/api/CrashSignature/", `{"jobs":[{},{},{},{}]}`, 413, "more than 3 jobs in a request"},
		"jobs in two lists":   {"/api/CrashSignature/", `{"jobs":[{},{}],"jobs":[{},{}]}`, 400, "jobs are there twice"},
		"calls":               {"/bigquery", `{"calls":[[{}],[{}],[{}]]}`, 200, "replies"},
		"one call more":       {"/bigquery", `{"calls":[[{}],[{}],[{}],[{}]]}`, 413, "more than 3 calls in a request"},
		"calls in two lists":  {"/bigquery", `{"calls":[],"calls":[]}`, 400, "calls are there twice"},
		"a crash":             {"/api/CrashSignature/", `{"jobs":[` + text(90) + `]}`, 200, "results"},
		"a large crash":       {"/api/CrashSignature/", `{"jobs":[` + text(200) + `]}`, 413, "a crash, or another value in the body, has more than 100 bytes"},
		"a large call":        {"/bigquery", `{"calls":[[` + text(200) + `]]}`, 413, "a crash, or another value in the body, has more than 100 bytes"},
		"a large other value": {"/api/CrashSignature/", `{"x":` + text(200) + `}`, 413, "has more than 100 bytes"},
		"a large name":        {"/api/CrashSignature/", `{` + text(200) + `:1}`, 413, "has more than 100 bytes"},
		"large space":         {"/api/CrashSignature/", `{"jobs":` + strings.Repeat(" ", 200) + `[{}]}`, 413, "has more than 100 bytes"},
		"a body":              {"/api/CrashSignature/", `{` + strings.Repeat(`"x":1,`, 150) + `"jobs":[{}]}`, 200, "results"},
		"a large body":        {"/api/CrashSignature/", `{` + strings.Repeat(`"x":1,`, 170) + `"jobs":[{}]}`, 413, "the body has more than 1000 bytes"},
		"depth":               {"/api/CrashSignature/", `{"x":` + strings.Repeat("[", 20_000), 413, ""},
	} {
		w := post(newTestServer(t, small), test.path, test.body)
		if got := w.Body.String(); w.Code != test.status || !strings.Contains(got, test.want) {
			t.Errorf("%s: %d %.300s, want %d %s", name, w.Code, got, test.status, test.want)
		}
	}
}

// TestLargeAnswers: an answer is limited, but for BigQuery, where one odd crash would end the whole query.
func TestLargeAnswers(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.Limits.Answer = 500 })
	// Its function is there three times: in the signature, the proto signature and the frames.
	crash := `{"threads":[{"frames":[{"function":"` + strings.Repeat("x", 100) + `"}]}]}`
	for body, want := range map[[2]string]int{
		{"/api/CrashSignature/", `{"jobs":[` + crash + `]}`}:               http.StatusOK,
		{"/api/CrashSignature/", `{"jobs":[` + crash + "," + crash + `]}`}: http.StatusRequestEntityTooLarge,
		{"/bigquery", `{"calls":[[` + crash + "],[" + crash + `]]}`}:       http.StatusOK,
	} {
		w := post(s, body[0], body[1])
		if got := w.Body.String(); w.Code != want || want != http.StatusOK && !strings.Contains(got, "the answer has more than 500 bytes") {
			t.Errorf("%s: %d %s, want %d", body, w.Code, got, want)
		}
	}
}

// TestServedPages: a page is at its own path, and at all below it where that ends in a slash. Where there are pages addresses may be long.
func TestServedPages(t *testing.T) {
	page := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	r := start(t, func(c *Config) {
		c.Pages = map[string]http.Handler{"GET /": page, "GET /help": page, "GET /docs/": page}
	})
	for path, want := range map[string]string{
		"/": "200 ", "/x": "404 ", "/help": "200 ", "/helpful": "404 ", "/docs/a": "200 ", "/docs": "404 ", "/help?edit=" + strings.Repeat("x", 100_000): "200 ",
	} {
		c := r.connect(t)
		write(t, c, "GET "+path+" HTTP/1.1\r\nHost: "+r.address+"\r\nConnection: close\r\n\r\n")
		if got := answer(t, c); !strings.HasPrefix(got, want) {
			t.Errorf("%.20s: %s, want %s", path, got, want)
		}
	}
}

// TestTooManyRequests: beyond so many requests the next is told to come again, and is answered once another is done.
func TestTooManyRequests(t *testing.T) {
	s := newTestServer(t, func(c *Config) { c.Limits.Requests = 1 })
	s.requests <- struct{}{}
	w := post(s, "/api/CrashSignature/", `{"jobs":[{}]}`)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") != "1" {
		t.Errorf("%d %s, Retry-After %q", w.Code, w.Body, w.Header().Get("Retry-After"))
	}
	if w := send(s, http.MethodGet, "/healthz", "", nil); w.Code != http.StatusOK {
		t.Errorf("health: %d %s", w.Code, w.Body)
	}
	<-s.requests
	for range 2 {
		if w := post(s, "/api/CrashSignature/", `{"jobs":[{}]}`); w.Code != http.StatusOK {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

// TestTime: a request whose time is over is answered, and what it kept is free again.
func TestTime(t *testing.T) {
	for path, body := range map[string]string{"/api/CrashSignature/": `{"jobs":[{},{},{}]}`, "/bigquery": `{"calls":[[{}]]}`} {
		s := newTestServer(t, func(c *Config) { c.Limits.Workers, c.Limits.Time = 1, time.Millisecond })
		s.slots <- struct{}{} // somebody else computes, and doesn't end
		w := post(s, path, body)
		if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "took longer than 1ms") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if len(s.requests) > 0 || len(s.slots) > 1 {
			t.Errorf("%s: %d requests, %d slots are held", path, len(s.requests), len(s.slots))
		}
	}
	over, end := context.WithTimeout(t.Context(), 0)
	defer end()
	if p := newTestServer(t, nil).problem(over, problemf(http.StatusRequestEntityTooLarge, "large")); p.text != "large" {
		t.Errorf("a limit that was broken in the end: %v", p)
	}
}

// TestTimeWithinACrash: a crash that takes long ends with its request, and its worker is not used again.
func TestTimeWithinACrash(t *testing.T) {
	lists, err := NewLists(t.Context(), loadSpecs(t), func(string) {}, `(a+)+\1z`)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	v, err := lists.find("")
	if err != nil {
		t.Fatal(err)
	}
	b := newBatch(ctx, v, make(chan struct{}, 1), math.MaxInt64)
	cancel()
	r := b.sign([]byte(`{"threads":[{"frames":[{"function":"` + strings.Repeat("a", 40) + `"}]}]}`))
	if !strings.Contains(r.Error, "context canceled") || len(v.idle) > 0 {
		t.Errorf("%+v, %d workers are kept", r, len(v.idle))
	}
	if _, err := b.wait(); err != nil {
		t.Error(err)
	}
}
