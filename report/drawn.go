//go:build !js

package report

import (
	"bytes"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// drawTable draws a table without borders.
func drawTable(head []string, rows []row) (lines []string, err error) {
	var drawn bytes.Buffer
	table := tablewriter.NewTable(&drawn, tablewriter.WithRenderer(borderless()), tablewriter.WithConfig(asIs(each(head, alignOf))))
	table.Header(each(head, headingText))
	if err = table.Bulk(each(rows, func(r row) []string { return r.cells[:len(head)] })); err == nil {
		err = table.Render()
	}
	for line := range strings.Lines(drawn.String()) {
		lines = append(lines, strings.TrimRight(strings.TrimPrefix(line, " "), " \n"))
	}
	return lines, err
}

func alignOf(heading string) tw.Align {
	if isRight(heading) {
		return tw.AlignRight
	}
	return tw.AlignLeft
}

func borderless() tw.Renderer {
	off := tw.Settings{Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off}, Lines: tw.Lines{ShowHeaderLine: tw.Off}}
	return renderer.NewBlueprint(tw.Rendition{Borders: tw.BorderNone, Settings: off})
}

// asIs keeps tablewriter from changing what is in the cells.
func asIs(align []tw.Align) tablewriter.Config {
	cell := tw.CellConfig{
		Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone},
		Alignment:  tw.CellAlignment{PerColumn: align},
		Padding:    tw.CellPadding{Global: tw.Padding{Left: " ", Right: " ", Overwrite: true}},
	}
	return tablewriter.Config{Header: cell, Row: cell, Behavior: tw.Behavior{TrimSpace: tw.Off}}
}
