package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/report"
)

// version is what this program is, and whose signatures it makes.
type version struct {
	Version  string   `json:"version"`  // "" where Go didn't note it, as in builds with -buildvcs=false
	Commit   string   `json:"commit"`   // the same
	Modified bool     `json:"modified"` // by changes that were not committed
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	Socorro  followed `json:"socorro"`
	Rules    string   `json:"rules"` // the ruleset that holds where none is named
}

// followed is the revision of Socorro that the engine follows.
type followed struct {
	Revision string `json:"revision"`
	Date     string `json:"date"`
}

func (a *app) versionCommand() *cobra.Command {
	var format string
	cmd := page("version", cobra.NoArgs, func(*cobra.Command, []string) error {
		v := thisVersion()
		if format == "json" {
			return report.WriteJSON(a.stdout, v)
		}
		modified := ""
		if v.Modified {
			modified = ", with changes"
		}
		fmt.Fprintf(a.stdout, "sigdiff  %s\ncommit   %s%s\ngo       %s %s\nsocorro  %s of %s\nrules    %s\n",
			cmp.Or(v.Version, "unknown"), cmp.Or(v.Commit, "unknown: built outside of a clone, in a worktree, or with -buildvcs=false"), modified,
			v.Go, v.Platform, v.Socorro.Revision, v.Socorro.Date, v.Rules)
		return nil
	})
	formatFlag(cmd, &format, "text", "text", "json")
	return cmd
}

func thisVersion() version {
	v := version{
		Version: programVersion(), Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH,
		Socorro: followed{signatures.Revision, signatures.RevisionDate}, Rules: signatures.DefaultRuleset,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	// Go writes them into the program where it builds in a clone, and only with -buildvcs.
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}

// programVersion is the version that the binary was built from, and "" where Go didn't note it.
// Go calls it (devel) then. Parts of different versions aren't merged, by this.
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return ""
}
