package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/sigdiff/sigdiff/report"
)

// TestHostileText: what crashes, lines and errors hold is text, wherever it is shown.
func TestHostileText(t *testing.T) {
	s := newTest(t)
	_, report, _ := send(t, http.MethodGet, s.URL+"/report.html?edit="+url.QueryEscape("+ prefix c::run"), "")
	_, pull, _ := send(t, http.MethodGet, s.URL+"/pr/8", "")
	for _, html := range []string{report, pull} {
		if strings.Contains(html, "<script>alert") || strings.Contains(html, "<b>here") {
			t.Error(html)
		}
	}
	if !strings.Contains(report, "&lt;script&gt;alert(1)") {
		t.Error(report)
	}
	// The button shows the line as it is, with what turns it around spelled out, and has the line itself.
	if !strings.Contains(pull, "data-line=\"to\u202etxt\" aria-label=\"remove to\\u202etxt from irrelevant\">to\\u202etxt</button>") {
		t.Error(pull)
	}
}

// TestWhoMayAsk: other sites' pages get no answer, and nobody frames the page.
func TestWhoMayAsk(t *testing.T) {
	s := newTest(t)
	for _, test := range []struct {
		method, path string
		headers      []string
		status       int
	}{
		{http.MethodGet, "/", nil, 200},
		{http.MethodGet, "/pr/7", nil, 200},
		{http.MethodGet, "/pr/7", []string{"Sec-Fetch-Dest", "document", "Sec-Fetch-Site", "cross-site"}, 200},
		{http.MethodGet, "/pr/7", []string{"Sec-Fetch-Dest", "image", "Sec-Fetch-Site", "cross-site"}, 403},
		{http.MethodGet, "/pr/8", nil, 404},
		{http.MethodGet, "/pr/x", nil, 404},
		{http.MethodGet, "/pr/0", nil, 404},
		{http.MethodGet, "/pr", nil, 404},
		{http.MethodGet, "/page/workbench.js", nil, 200},
		{http.MethodGet, "/page/workbench.html.tmpl", nil, 404},
		{http.MethodGet, "/", []string{"Host", "evil.example"}, 403},
		{http.MethodPost, "/edit", []string{"Host", "evil.example"}, 403},
		{http.MethodPost, "/edit", []string{"Origin", "https://evil.example"}, 403},
		{http.MethodPost, "/edit", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{http.MethodPost, "/edit", []string{"Content-Type", "text/plain"}, 415},
		{http.MethodPost, "/edit", nil, 400},
		{http.MethodPost, "/walk", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{http.MethodGet, "/edit", nil, 405},
		{http.MethodGet, "/report.json?edit=", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{http.MethodGet, "/report.json?edit=%2B+prefix+poll", []string{"Sec-Fetch-Site", "same-origin"}, 200},
		{http.MethodGet, "/report.html?edit=%2B+prefix+poll", []string{"Sec-Fetch-Site", "none"}, 200},
	} {
		status, text, header := send(t, test.method, s.URL+test.path, "", test.headers...)
		if status != test.status {
			t.Errorf("%s %s %v: %d, want %d: %.300s", test.method, test.path, test.headers, status, test.status, text)
		}
		if test.path == "/" && status == 200 && header.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: %v", test.path, header)
		}
		if framed := header.Get("Content-Security-Policy") != "frame-ancestors 'none'"; status == 200 && strings.HasPrefix(test.path, "/report.") && framed != strings.HasPrefix(test.path, "/report.json") {
			t.Errorf("%s: %v", test.path, header)
		}
	}
}

// TestStyles: what styles name by a variable, such as a colour, is defined. What is not has no colour at all, and may not show.
func TestStyles(t *testing.T) {
	var styles strings.Builder
	for _, name := range []string{"style.css", "history.css"} {
		content, err := report.Asset(name)
		if err != nil {
			t.Fatal(err)
		}
		styles.Write(content)
	}
	own, err := pageFiles.ReadFile("page/workbench.css")
	if err != nil {
		t.Fatal(err)
	}
	styles.Write(own)
	used := regexp.MustCompile(`var\((--[a-z-]+)\)`).FindAllStringSubmatch(styles.String(), -1)
	for _, name := range used {
		if !strings.Contains(styles.String(), name[1]+": ") {
			t.Errorf("nothing defines %s", name[1])
		}
	}
	if len(used) < 100 {
		t.Errorf("%d uses", len(used))
	}
}

// TestPull: the page begins with the lines of the pull request.
func TestPull(t *testing.T) {
	s := newTest(t)
	if _, text, _ := send(t, http.MethodGet, s.URL+"/", ""); strings.Count(text, `<select class="list"`) != 1 {
		t.Errorf("without one, there is no row to type into: %s", text)
	}
	_, text, _ := send(t, http.MethodGet, s.URL+"/pr/7", "")
	if want := `<option value="-" selected>remove</option></select>
<select class="list" name="list" aria-label="list"><option>prefix</option><option selected>irrelevant</option>`; !strings.Contains(text, want) {
		t.Error(text)
	}
}
