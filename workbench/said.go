package workbench

import (
	"fmt"
	"html/template"
	"strings"
	"sync"

	"github.com/sigdiff/sigdiff/internal/plural"
	"github.com/sigdiff/sigdiff/report"
)

// rowTemplate is what is said of a row, in a line: what it matches, or why it counts for nothing.
var rowTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("row").Funcs(template.FuncMap{"visible": report.Visible, "plural": plural.Of[int], "number": plural.Number[int]}).Parse(`
{{- if .Problem}}<p class="wrong">{{.Problem}}{{if ge .At 0}} at character {{.Place}}: <code>{{visible .Before}}<mark>{{with .After}}{{visible .}}{{else}}␃{{end}}</mark></code>{{end}}</p>
{{- else}}{{with .Warning}}<p class="doubt">{{.}}</p>{{end}}
{{- if ge .Frames 0}}<p class="matches">matches {{number .Frames}} of {{plural .Of "frame" "frames"}}, in {{plural .Crashes "crash" "crashes"}}
{{- range $i, $f := .Shown}}{{if $i}}, {{else}}: {{end}}<code><mark>{{$f.Frame}}</mark>{{$f.Rest}}</code>{{end}}
{{- if gt .Frames (len .Shown)}}, ...{{end}}</p>{{end}}
{{- end}}`))
})

// Place is where in the line the problem is, from 1.
func (r rowState) Place() int { return r.At + 1 }

// near is how much of a line is shown on either side of a problem.
// A line may have thousands of characters, and the mark should be in sight.
const near = 60

// Before is the line up to the problem, After what follows, or as much of them as is near.
func (r rowState) Before() string {
	// Characters, as the parser counts them, and not bytes.
	before := []rune(r.Text)
	before = before[:min(r.At, len(before))]
	if len(before) > near {
		return "…" + string(before[len(before)-near:])
	}
	return string(before)
}

// After follows Before.
func (r rowState) After() string {
	after := []rune(r.Text)
	after = after[min(r.At, len(after)):]
	if len(after) > near {
		return string(after[:near]) + "…"
	}
	return string(after)
}

// said is what there is to say of rows at once, as HTML.
func said(states []rowState) ([]string, error) {
	all := make([]string, len(states))
	for i, s := range states {
		if s.Text == "" {
			continue
		}
		var html strings.Builder
		if err := rowTemplate().Execute(&html, s); err != nil {
			return nil, fmt.Errorf("writing what a line matches: %w", err)
		}
		all[i] = html.String()
	}
	return all, nil
}
