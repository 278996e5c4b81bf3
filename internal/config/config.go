// Package config reads what users set once instead of with every command: in .sigdiff.toml, found upwards from the working
// directory, in a file of their own, and in the environment.
package config

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/sigdiff/sigdiff/internal/exit"
	"github.com/sigdiff/sigdiff/internal/meant"
	"github.com/sigdiff/sigdiff/internal/spec"
)

// FileName is the name of the file that is found upwards from the working directory.
const FileName = ".sigdiff.toml"

// maxBytes bounds a file; a real one has some lines.
const maxBytes = 1 << 16

// kind is what a setting holds.
type kind int

const (
	text kind = iota
	number
	list
)

// key is a setting that there is.
type key struct {
	name     string
	kind     kind
	variable string // of the environment, which goes before files
}

// keys are all, in the order in which they are shown.
var keys = []key{
	{"corpus", text, "SIGDIFF_CORPUS"},
	{"base", text, ""},
	{"repo", text, "SIGDIFF_REPO"},
	{"host", text, ""},
	{"format", text, ""},
	{"limit", number, ""},
	{"fail-on", list, ""},
}

// Setting is what holds for a key.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"` // of a list, separated by commas
	From  string `json:"from"`  // the file, or the variable of the environment; empty for a key that is not set
	// Own tells that the user set it: in the environment or in a file of their own. A file that is found may have come with
	// a clone, and be anybody's.
	Own bool `json:"own"`
}

// Settings are all that hold.
type Settings map[string]Setting

// All are the settings, set or not, in the order in which they are shown.
func (s Settings) All() []Setting {
	all := make([]Setting, len(keys))
	for i, key := range keys {
		all[i] = s[key.name]
		all[i].Key = key.name
	}
	return all
}

// ownFile is the file of the user's own settings.
func ownFile() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("no place for settings: %w", err)
	}
	return filepath.Join(dir, "sigdiff", "config.toml"), nil
}

// found is the nearest file of settings from a folder upwards; it is empty where there is none.
func found(dir string) string {
	// Links in the path are not followed: a folder is in the one that its name says.
	dir, err := filepath.Abs(dir)
	for err == nil {
		path := filepath.Join(dir, FileName)
		if exists(path) {
			return path
		}
		if filepath.Dir(dir) == dir {
			return ""
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// exists tells whether there is a file. One in a folder that can't be looked into is none.
func exists(path string) bool {
	// Lstat: a link to nowhere is there, and reading it says what is wrong.
	_, err := os.Lstat(path)
	return err == nil
}

// Load reads what holds in a folder: the environment goes before the file that is found, and that before the user's own.
func Load(dir string, environment func(string) string) (Settings, error) {
	all := Settings{}
	// Without a home, as in some containers, there is no such file, and that is in order.
	if path, err := ownFile(); err == nil && exists(path) {
		if err := all.read(path, true); err != nil {
			return nil, err
		}
	}
	if path := found(dir); path != "" {
		if err := all.read(path, false); err != nil {
			return nil, err
		}
	}
	for _, key := range keys {
		// An empty variable sets nothing, as one that isn't there.
		if value := environment(key.variable); key.variable != "" && value != "" {
			all[key.name] = Setting{key.name, value, "$" + key.variable, true}
		}
	}
	return all, nil
}

// read adds the settings of a file.
func (s Settings) read(path string, own bool) error {
	content, err := readFile(path)
	if err != nil {
		return exit.Usagef("reading settings: %w", err)
	}
	// Not a struct: a setting that isn't known must be an error, with what may have been meant, and so must a wrong type.
	var values map[string]any
	if err := toml.Unmarshal(content, &values); err != nil {
		return exit.Usagef("%s: %w", path, err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) { // of several mistakes always the same is said
		setting, err := newSetting(name, values[name], filepath.Dir(path))
		if err == nil && !own {
			err = mayStand(setting)
		}
		if err != nil {
			return exit.Usagef("%s: %w", path, err)
		}
		setting.From, setting.Own = path, own
		s[name] = setting
	}
	return nil
}

// readFile reads a file of settings.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	// A pipe would be waited for by every command in the folder, a large file read by each.
	if !info.Mode().IsRegular() || info.Size() > maxBytes {
		return nil, fmt.Errorf("%s is no file of settings, which is a regular one of at most %d bytes", path, maxBytes)
	}
	return os.ReadFile(path)
}

// mayStand refuses what a file that anybody may have written must not say: a program to run.
func mayStand(s Setting) error {
	// Every other setting names something that is read, not run. host has a rule of its own: see Own.
	if kind, _ := spec.Parse(s.Value); s.Key == "base" && (kind == spec.Exec || kind == spec.Python) {
		return fmt.Errorf("base = %q would run a program: that may stand in your own file of settings, or in --base", s.Value)
	}
	return nil
}

// newSetting is the setting of a value. Paths begin in the folder of the file.
func newSetting(name string, value any, dir string) (Setting, error) {
	at := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if at < 0 {
		return Setting{}, fmt.Errorf("there is no setting %q%s; there are %s", name, meant.Text(name, settingNames()), strings.Join(settingNames(), ", "))
	}
	s := Setting{Key: name}
	var ok bool
	switch keys[at].kind {
	case text:
		s.Value, ok = value.(string)
	case number:
		var n int64
		n, ok = value.(int64)
		s.Value, ok = strconv.FormatInt(n, 10), ok && n >= 0
	case list:
		s.Value, ok = words(value)
	}
	if !ok {
		return s, fmt.Errorf("%s = %v: it is %s", name, value, map[kind]string{text: "a text in quotes", number: "a number that is not negative", list: "a list of texts in quotes"}[keys[at].kind])
	}
	s.Value = placed(s, dir)
	return s, nil
}

// words are a list of texts, or one, separated by commas.
func words(value any) (string, bool) {
	if one, ok := value.(string); ok {
		return one, true
	}
	// fail-on is the only list, and people write one condition as a text.
	all, ok := value.([]any)
	var texts []string
	for _, v := range all {
		t, is := v.(string)
		texts, ok = append(texts, t), ok && is
	}
	return strings.Join(texts, ","), ok
}

// placed is a value whose path begins in a folder, or in the user's home for ~. A base is a SPEC, which may be no path.
func placed(s Setting, dir string) string {
	path := s.Value
	switch s.Key {
	case "repo":
	case "base":
		kind, word := spec.Parse(s.Value)
		atHome := kind == spec.Word && strings.HasPrefix(word, "~/") // which no revision is
		if kind != spec.Dir && !atHome {
			return s.Value
		}
		path = word
	default:
		return s.Value
	}
	if path == "" {
		return s.Value
	}
	if path = AtHome(path); filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// AtHome is a path of which ~ is the user's home, as for a shell.
func AtHome(path string) string {
	rest, ok := strings.CutPrefix(path+"/", "~/")
	home, err := os.UserHomeDir()
	if !ok || err != nil {
		return path
	}
	return filepath.Join(home, rest)
}

// settingNames are the names of the settings.
func settingNames() []string {
	var all []string
	for _, key := range keys {
		all = append(all, key.name)
	}
	return all
}
