package gitlists

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/sigdiff/sigdiff/internal/address"
	"github.com/sigdiff/sigdiff/internal/lazyregexp"
)

// ErrNoGit is returned when there is no git program to run.
var ErrNoGit = errors.New("git is not installed (no git in $PATH); siglists of revisions and pull requests need it")

// gitError is what git said when it failed.
type gitError struct {
	command string // such as "fetch"
	dir     string // where git ran
	stderr  string
	err     error
}

// brokenObjects is what git says when its objects are damaged or gone.
var brokenObjects = lazyregexp.New(`(?m)^(error|fatal): (Could not read [0-9a-f]{40}|unable to read |bad object |bad tree |loose object |object file )`)

// brokenPacks is what it says when a file with many objects is. It then goes on as if there were none of these.
var brokenPacks = lazyregexp.New(`(?m)^(error: (packfile |index file |inflate: |file .*\.pack is )|fatal: packed object )`)

// damagedPack tells whether git failed where such a file is damaged.
func damagedPack(err error) bool {
	failed, ok := errors.AsType[*gitError](err)
	return ok && brokenPacks().MatchString(failed.stderr)
}

// damaged says what to do about a repository that lacks what it must have.
func damaged(dir string) string {
	return fmt.Sprintf("the clone is damaged: 'git -C %s fsck' shows how far, and a new clone has all of it", filepath.Clean(dir))
}

func (e *gitError) Error() string {
	said := strings.TrimSpace(e.stderr)
	if said == "" {
		return fmt.Sprintf("git %s: %v", e.command, e.err)
	}
	if brokenObjects().MatchString(said) || damagedPack(e) {
		said += "; " + damaged(e.dir)
	}
	return fmt.Sprintf("git %s: %s", e.command, said)
}

func (e *gitError) Unwrap() error { return e.err }

// said tells whether git failed with a message that holds a text. Git speaks English to us: LC_ALL is C.
func said(err error, text string) bool {
	failed, ok := errors.AsType[*gitError](err)
	return ok && strings.Contains(failed.stderr, text)
}

// exitedWith tells whether git ended with an exit code. 1 is how git config, merge-base and others say
// that there is nothing of the kind.
func exitedWith(err error, code int) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	return ok && exit.ExitCode() == code
}

// call is one run of git.
type call struct {
	dir    string    // where git runs
	gitDir string    // the repository; empty lets git look for it from dir
	stdin  io.Reader // may be nil
	// progress gets what git says while it works, and asks it to draw its progress; may be nil.
	progress io.Writer
	// fetches is set where git may ask remotes, for what it is told to fetch or for what a partial clone
	// lacks. Without it git asks nobody.
	fetches bool
	config  []string // options before the command, and
	env     []string // variables, of the repository
	args    []string
}

// killDelay is how long a git that was told to end may take to remove its lock files.
const killDelay = 5 * time.Second

// alwaysOff are settings that would run programs, or work that nobody asked for.
var alwaysOff = []string{
	"core.hooksPath=" + os.DevNull, "core.fsmonitor=", "log.showSignature=false", "log.mailmap=false",
	"maintenance.auto=false", "gc.auto=0", "fetch.writeCommitGraph=false", "core.quotePath=false",
}

// command prepares git to run in a fixed language, without pager, prompts, hooks, replaced objects or parents, and
// whatever repository the environment points to.
func (c call) command(ctx context.Context) *exec.Cmd {
	args := []string{"--no-pager"}
	for _, off := range alwaysOff {
		args = append(args, "-c", off)
	}
	args = append(args, c.config...)
	if c.gitDir != "" {
		args = append(args, "--git-dir="+c.gitDir)
	}
	cmd := exec.CommandContext(ctx, "git", append(args, c.args...)...)
	cmd.Dir, cmd.Stdin, cmd.Env = c.dir, c.stdin, append(environment(os.Environ(), c.fetches), c.env...)
	// Git that is asked to end removes its lock files, and git that is killed leaves them. Windows knows only the latter.
	cmd.Cancel = func() error {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			return cmd.Process.Kill()
		}
		return nil
	}
	cmd.WaitDelay = killDelay
	return cmd
}

// repositoryVariables tell git where a repository, its objects or its settings for one call are. A
// program started from a hook or an alias inherits them; ours reads the repository that the user named.
var repositoryVariables = []string{
	"GIT_CONFIG", "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
	"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH", "GIT_PREFIX", "GIT_NAMESPACE",
	"GIT_SHALLOW_FILE", "GIT_CONFIG_PARAMETERS", "GIT_ATTR_SOURCE", "GIT_TRACE",
	"GIT_REPLACE_REF_BASE", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS",
	"GIT_ICASE_PATHSPECS", "GIT_INTERNAL_SUPER_PREFIX", "GIT_IMPLICIT_WORK_TREE", "LANGUAGE",
}

// secretVariables are nothing that git, its helpers and its hooks need to know.
var secretVariables = []string{"SOCORRO_API_TOKEN", "CRASHSTATS_API_TOKEN"}

// transports are those that run no program but git's own and ssh. Users may name others by setting
// GIT_ALLOW_PROTOCOL themselves.
const transports = "file:git:ssh:http:https"

// silence is how long git waits for a server that says nothing, a minute, unless users say otherwise in the environment.
var silence = []string{"GIT_HTTP_LOW_SPEED_LIMIT=1", "GIT_HTTP_LOW_SPEED_TIME=60"}

func environment(inherited []string, fetches bool) []string {
	drop := map[string]bool{}
	for _, name := range slices.Concat(repositoryVariables, secretVariables) {
		drop[name] = true
	}
	// Of two values for a variable the last counts: what users set comes after ours, and what must hold after theirs.
	env := append([]string{"GIT_ALLOW_PROTOCOL=" + transports}, silence...)
	for _, variable := range inherited {
		if name, _, _ := strings.Cut(variable, "="); !drop[name] {
			env = append(env, variable)
		}
	}
	if !fetches { // the protocol stands in for the other variable where git is older than that
		env = append(env, "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none")
	}
	return append(env, "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",
		"GIT_NO_REPLACE_OBJECTS=1", "GIT_GRAFT_FILE=", "GIT_LITERAL_PATHSPECS=1")
}

// process is a git that runs.
type process struct {
	call   call
	cmd    *exec.Cmd
	out    io.Reader
	stderr *tail
}

func (c call) start(ctx context.Context) (*process, error) {
	p := &process{call: c, cmd: c.command(ctx), stderr: &tail{}}
	p.cmd.Stderr = p.stderr
	if c.progress != nil {
		p.cmd.Stderr = io.MultiWriter(p.stderr, &discreet{w: c.progress})
	}
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		return nil, c.failure(ctx, err, "")
	}
	p.out = out
	return p, nil
}

// end waits for git to end, once what it printed was read, with an error or none.
func (p *process) end(ctx context.Context, readErr error) error {
	if readErr != nil {
		_ = p.cmd.Cancel() // nobody reads the rest: git would wait for ever
	}
	_, _ = io.Copy(io.Discard, p.out)
	waitErr := p.cmd.Wait()
	// A reader that stopped made git fail too: then its own reason is the one to tell. Where it came to an early end, git's says more.
	if ctx.Err() != nil || waitErr != nil && (readErr == nil || errors.Is(readErr, io.ErrUnexpectedEOF)) {
		return p.call.failure(ctx, waitErr, p.stderr.String())
	}
	return readErr
}

// output runs git and returns what it printed. What git said is in the error.
func (c call) output(ctx context.Context) ([]byte, error) {
	out, _, err := c.outputAndWarning(ctx)
	return out, err
}

// outputAndWarning is output with what git said though it didn't fail.
func (c call) outputAndWarning(ctx context.Context) (out []byte, warning string, err error) {
	p, err := c.start(ctx)
	if err != nil {
		return nil, "", err
	}
	out, err = io.ReadAll(p.out)
	err = p.end(ctx, err)
	return out, p.stderr.String(), err
}

func (c call) failure(ctx context.Context, err error, stderr string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return ErrNoGit
	}
	return &gitError{command: c.args[0], dir: c.dir, stderr: address.WithoutSecrets(stderr), err: err}
}

// discreet passes on whole lines, also those that git draws over, without what may be a password.
type discreet struct {
	w    io.Writer
	held []byte
}

func (d *discreet) Write(p []byte) (int, error) {
	// A password may be split over two writes, so that only whole lines can be looked through.
	d.held = append(d.held, p...)
	end := bytes.LastIndexAny(d.held, "\r\n") + 1
	whole := string(d.held[:end])
	d.held = d.held[end:]
	if _, err := io.WriteString(d.w, address.WithoutSecrets(whole)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

// maxTail is enough for what git says last, which is why it failed; progress may come before it for hours.
const maxTail = 4 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if len(t.kept) > maxTail {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-maxTail:]...)
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.kept) }
