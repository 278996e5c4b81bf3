package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/spec"
	"github.com/sigdiff/sigdiff/internal/terminal"
	"github.com/sigdiff/sigdiff/siglists/gitlists"
)

// siglistsCommand is 'sigdiff siglists'. The clone that it keeps is where SPECs are looked up when the working
// directory is in no clone of Socorro and --repo names none.
func (a *app) siglistsCommand() *cobra.Command {
	cmd := page("siglists", nil, onlyHelp)
	cmd.AddCommand(a.siglistsCloneCommand())
	return cmd
}

func (a *app) siglistsCloneCommand() *cobra.Command {
	var remote string
	cmd := page("siglists-clone", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return a.runSiglistsClone(cmd.Context(), remote) })
	cmd.Flags().StringVar(&remote, "remote", "", "what to clone (default the clone's remote, at first "+gitlists.DefaultRemote+")")
	return cmd
}

// runSiglistsClone says where the clone is and what its HEAD is, by which one sees whether it is up to date.
func (a *app) runSiglistsClone(ctx context.Context, remote string) error {
	dir, err := spec.CloneDir()
	if err != nil {
		return err
	}
	var progress io.Writer
	// Git draws its progress over itself, which a log would have as one long line.
	if terminal.Is(a.stderr) {
		progress = terminal.GitProgress(a.stderr)
	}
	var repo *gitlists.Repo
	// For this user alone, as the cache beside it.
	if err = os.MkdirAll(filepath.Dir(dir), 0o700); err == nil {
		repo, err = gitlists.Clone(ctx, dir, remote, progress)
	}
	// What --remote named is some other repository.
	if errors.Is(err, gitlists.ErrNoLists) {
		return exit.Usagef("%w", err)
	}
	// Neither of these helps then.
	if errors.Is(err, gitlists.ErrNoGit) {
		return err
	}
	// The user's cache directory can't be written to, as in some containers.
	if folder := new(fs.PathError); errors.As(err, &folder) && folder.Op == "mkdir" {
		return fmt.Errorf("%w; $XDG_CACHE_HOME names another folder to keep the clone in, or --repo, with the other commands, a clone", err)
	}
	if errors.Is(err, gitlists.ErrNotRepository) {
		return fmt.Errorf("%w; it is left alone: once it is moved away, the same command makes a clone there", err)
	}
	if err != nil {
		return fmt.Errorf("%w; the same command again tries once more, --remote names another place to clone from", err)
	}
	// What people compare with next: its date tells how old the clone is.
	head, err := repo.Resolve(ctx, "HEAD")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "%s\n%s  %s  %s\n", visible(dir), head.Hash, head.Date.Format(time.DateOnly), head.Subject)
	return err
}
