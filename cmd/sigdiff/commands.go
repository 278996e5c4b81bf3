package main

import "github.com/spf13/cobra"

// command is one of the program's: its name, the group of help that it stands in, and what makes it.
type command struct {
	name, group string
	make        func() *cobra.Command
}

// groups are those of help.
// Their order is that of help, and so is that of commands within each.
func groups() []*cobra.Group {
	return []*cobra.Group{
		{ID: "crashes", Title: "Crashes:"},
		{ID: "compare", Title: "Compare:"},
		{ID: "time", Title: "Over time:"},
		{ID: "more", Title: "More:"},
	}
}

// commands are those of the program.
// make is called only for those that a command line needs: see rootCommand.
func (a *app) commands() []command {
	return []command{
		{"fetch", "crashes", a.fetchCommand},
		{"import", "crashes", a.importCommand},
		{"corpus", "crashes", a.corpusCommand},
		{"cache", "crashes", a.cacheCommand},
		{"diff", "compare", a.diffCommand},
		{"screen", "compare", a.screenCommand},
		{"review", "compare", a.reviewCommand},
		{"explain", "compare", a.explainCommand},
		{"lint", "compare", a.lintCommand},
		{"lines", "compare", a.linesCommand},
		{"suggest", "compare", a.suggestCommand},
		{"test", "compare", a.testCommand},
		{"pipelines", "compare", a.pipelinesCommand},
		{"correlate", "compare", a.correlateCommand},
		{"merge", "compare", a.mergeCommand},
		{"history", "time", a.historyCommand},
		{"bisect", "time", a.bisectCommand},
		{"accept", "time", a.acceptCommand},
		{"verify", "time", a.verifyCommand},
		{"check-parity", "time", a.parityCommand},
		{"signature", "more", a.signatureCommand},
		{"signify", "more", a.signifyCommand},
		{"serve", "more", a.serveCommand},
		{"site", "more", a.siteCommand},
		{"siglists", "more", a.siglistsCommand},
		{"config", "more", a.configCommand},
		{"demo", "more", a.demoCommand},
		{"bench", "more", a.benchCommand},
		{"completion", "more", a.completionCommand},
		{"version", "more", a.versionCommand},
	}
}
