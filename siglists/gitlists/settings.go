package gitlists

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/sigdiff/sigdiff/internal/address"
)

// settings are what sigdiff needs of the settings of a repository.
type settings struct {
	remotes  []remote
	promisor string // the remote that a partial clone gets its missing objects from; empty for a whole clone
	// off sets off what the repository itself sets and what would run programs. The user's own settings,
	// and those of the machine, hold.
	off []string
	env []string // the same, where git takes it from the environment alone
	// unsafe is a setting that can't be set off: nothing is fetched then.
	unsafe string
}

// remote is a remote with a name.
type remote struct{ name, url string }

// setting is one line of git config.
type setting struct {
	key, value string
	isTrue     bool
	own        bool // set by the repository itself, which may be anybody's
}

// readSettings reads the settings of the repository once.
func (r *Repo) readSettings(ctx context.Context) error {
	// To know who set what: what the user set is to hold, and what came with the repository may be anybody's.
	out, err := r.call("config", "--list", "--show-scope", "-z").output(ctx)
	if err != nil {
		return fmt.Errorf("reading the settings of %s: %w", r.dir, err)
	}
	r.settings = newSettings(parseSettings(string(out)))
	return nil
}

// parseSettings reads scopes and settings, each ended by a zero byte. Between a key and its value is a
// line feed; a key alone is true.
func parseSettings(out string) []setting {
	var all []setting
	fields := strings.Split(out, "\x00")
	for i := 0; i+1 < len(fields); i += 2 {
		key, value, has := strings.Cut(fields[i+1], "\n")
		all = append(all, setting{
			key: key, value: value, own: fields[i] == "local" || fields[i] == "worktree",
			isTrue: !has || slices.Contains([]string{"true", "yes", "on", "1"}, strings.ToLower(value)),
		})
	}
	return all
}

func newSettings(all []setting) settings {
	var s settings
	for _, set := range all {
		section, name, last := splitKey(set.key)
		switch {
		// A remote may have several addresses. Git fetches from the first.
		case section == "remote" && last == "url" && !slices.ContainsFunc(s.remotes, func(r remote) bool { return r.name == name }):
			s.remotes = append(s.remotes, remote{name, set.value})
		case section == "remote" && last == "promisor" && set.isTrue && s.promisor == "":
			s.promisor = name
		}
	}
	s.setOff(all)
	return s
}

// splitKey gives the section of a key, what its brackets hold beside that, and its last word.
func splitKey(key string) (section, name, last string) {
	section, rest, _ := strings.Cut(key, ".")
	if at := strings.LastIndex(rest, "."); at >= 0 {
		return section, rest[:at], rest[at+1:]
	}
	return section, "", rest
}

// harmless is the value with which a setting runs and writes nothing; ok tells that there may be others.
// Hooks, fsmonitor, signatures and transports are set off by every call, and pagers, filters, diff and
// merge drivers belong to commands that aren't called.
func harmless(key string) (kind, value string, ok bool) {
	section, _, last := splitKey(key)
	switch {
	case key == "core.sshcommand":
		return key, "ssh", true
	case key == "core.askpass", key == "core.gitproxy":
		return key, "", true
	case key == "core.alternaterefscommand":
		return key, "true", true // the program, which says nothing
	case section == "remote" && last == "uploadpack":
		return key, "", true
	case section == "credential" && last == "helper":
		return "credential.helper", "", true
	case section == "http" && last == "savecookies":
		return key, "false", true
	}
	return "", "", false
}

// setOff puts in the place of the repository's own settings what is harmless, and then what the user set.
func (s *settings) setOff(all []setting) {
	kinds := map[string]bool{}
	for _, set := range all {
		kind, value, ok := harmless(set.key)
		if !ok || !set.own {
			continue
		}
		switch _, _, last := splitKey(set.key); {
		case last == "uploadpack", strings.Contains(set.key, "="):
			s.unsafe = set.key // of several the first counts; and no option can have such a key
			continue
		case last == "gitproxy":
			s.env = []string{"GIT_PROXY_COMMAND="} // of several the first counts
		case last == "helper" && !kinds[kind]:
			s.off = append(s.off, "-c", kind+"=")
		}
		kinds[kind] = true
		s.off = append(s.off, "-c", set.key+"="+value)
	}
	// What is said on the command line wins over what the user set, too, so that this is said again behind it.
	for _, set := range all {
		if kind, _, ok := harmless(set.key); ok && !set.own && kinds[kind] && !strings.Contains(set.key, "=") {
			s.off = append(s.off, "-c", set.key+"="+set.value)
		}
	}
}

// fetchedRefs is where fetched heads are kept. Nothing else in a user's clone is touched.
const fetchedRefs = "refs/sigdiff/"

// address is where a remote, named by its name, an address or a path, is.
func (r *Repo) address(name string) string {
	for _, remote := range r.settings.remotes {
		if remote.name == name {
			return remote.url
		}
	}
	return name
}

// refsOf is where heads that were fetched from a remote are kept: those of another remote, or of one of
// the same name with another address, are others.
func (r *Repo) refsOf(name string) string {
	of := r.address(name)
	// Without the password, so that a new one doesn't make another remote of it.
	key := fmt.Sprintf("%x", sha256.Sum256([]byte(address.WithoutSecrets(of))))[:12]
	if of == name {
		return fetchedRefs + key + "/"
	}
	// Names of remotes may hold what names of refs may not.
	readable := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			return c
		}
		return '-'
	}, name)
	return fetchedRefs + readable + "-" + key + "/"
}
