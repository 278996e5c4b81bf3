package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigdiff/sigdiff/internal/browsertest"
)

// browser is a page in headless Chromium.
type browser struct {
	*browsertest.Browser
	t *testing.T
}

// TestPages looks at pages in Chromium. With SIGDIFF_SCREENSHOTS=DIR it leaves pictures there.
func TestPages(t *testing.T) {
	chromium := browsertest.Start(t)
	for _, page := range []struct {
		name string
		test func(*testing.T, *browser)
	}{
		{"report", testPage},
		{"expectations", testPageExpectations},
		{"without changes", testPageWithoutChanges},
		{"one group", testPageOfOneGroup},
		{"accessible", testPageIsAccessible},
		{"many groups", testPageOfManyGroups},
		{"links", testPageLinksLand},
		{"address", testPageAddress},
		{"keys", testPageKeys},
		{"history", testHistoryPage},
	} {
		t.Run(page.name, func(t *testing.T) { page.test(t, &browser{chromium.Page(t), t}) })
	}
}

func (b *browser) open(file string) { b.t.Helper(); b.Open("file://" + file) }

func (b *browser) eval(expression string, into any)       { b.t.Helper(); b.Eval(expression, into) }
func (b *browser) media(width, height int, scheme string) { b.Media(width, height, scheme) }
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.Call(method, params, result)
}
func (b *browser) screenshot(name string) { b.Screenshot(name) }

// onPaper checks that a picture that scrolls in a narrow window is whole on paper, and does not ask to be scrolled.
func (b *browser) onPaper(picture string) {
	b.t.Helper()
	b.media(700, 1000, "light")
	b.call("Emulation.setEmulatedMedia", map[string]any{"media": "print"}, nil)
	var wide, asks bool
	b.eval(fmt.Sprintf("document.querySelector(%[1]q).scrollWidth > document.querySelector(%[1]q).offsetWidth", picture), &wide)
	b.eval(fmt.Sprintf(`getComputedStyle(document.querySelector(%q), "::before").content !== "none"`, picture), &asks)
	if wide || asks {
		b.t.Errorf("%s on paper: cut off %t, to be scrolled %t", picture, wide, asks)
	}
	b.call("Emulation.setEmulatedMedia", map[string]any{"media": ""}, nil)
}

// writePage renders a report into a file.
func writePage(t *testing.T, r *Report, o Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(ComparisonFormats().Render(f, "html", r, o), f.Close()); err != nil {
		t.Fatal(fmt.Errorf("writing the page: %w", err))
	}
	return path
}
