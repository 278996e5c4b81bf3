package main

import (
	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/fetch"
)

// searchFlags are the flags that say which crashes a search finds, at the service and in the cache.
type searchFlags struct{ fetch.Filters }

// datesHelp explains --date in the help of a command.
const datesHelp = `--date is when the crash was processed, UTC: YYYY-MM-DD, FIRST..LAST
with both days in it, today, yesterday, thisweek, thismonth, or a bound such as
'>=2026-11-01T06:00', which can be given twice.`

func (s *searchFlags) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringSliceVar(&s.Products, "product", nil, "crashes of this product")
	f.StringSliceVar(&s.Versions, "version", nil, "crashes of this version, such as 145.0.1")
	f.StringSliceVar(&s.Channels, "channel", nil, "crashes of this release channel")
	f.StringSliceVar(&s.Platforms, "platform", nil, "crashes on this operating system: Windows, Linux, Mac OS X, Android")
	f.StringSliceVar(&s.Dates, "date", nil, "crashes processed then")
	// Not slices as the others: a signature may hold commas.
	f.StringArrayVar(&s.Signatures, "signature", nil, "crashes whose recorded signature is this")
	f.StringArrayVar(&s.SignatureContains, "signature-contains", nil, "crashes whose recorded signature contains this text")
}

// addSearchFlags adds --process-type, too, which corpora.Filter does not have.
func (s *searchFlags) addSearchFlags(cmd *cobra.Command) {
	s.addFlags(cmd)
	cmd.Flags().StringSliceVar(&s.ProcessTypes, "process-type", nil, "crashes of this kind of process: parent, content, gpu and so on")
}
