package crashstatstest

import (
	"fmt"
	"strconv"
	"strings"
)

// A field is what Super Search knows of one.
type field struct {
	Name       string `json:"name"`
	Validation string `json:"data_validation_type"`
	Exposed    bool   `json:"is_exposed"`
	// Permissions are what it takes to search by the field.
	Permissions []string `json:"webapp_permissions_needed"`

	words bool // the search engine has the words of its values, and not only the values
}

// The fields by their type; enumerated ones have no `=` operator.
var fieldNames = map[string]string{
	"enum":       "version release_channel uuid cpu_arch",
	"enum words": "product platform vendor",
	"str":        "process_type address hang js_large_allocation_failure last_error_value",
	"str words": `signature proto_signature abort_message reason moz_crash_reason ipc_channel_error ipc_message_name async_shutdown_timeout
		platform_version app_notes processor_notes topmost_filenames java_stack_trace`,
	"int":      "build_id oom_allocation_size crashing_thread uptime install_age thread_count",
	"bool":     "startup_crash accessibility dom_fission_enabled",
	"datetime": "date",
	protected:  "url user_comments",
}

// protected is the type of fields by which nobody can search without permissions.
const protected = "protected"

// mostText is how many bytes of a text the search engine has.
const mostText = 32_766

// The products that can be searched for, in just this spelling.
var validProducts = []string{"Firefox", "Fenix", "Focus", "Thunderbird", "MozillaVPN", "ReferenceBrowser"}

var fields = func() map[string]field {
	all := map[string]field{}
	for kind, names := range fieldNames {
		kind, words := strings.CutSuffix(kind, " words")
		for _, name := range strings.Fields(names) {
			all[name] = field{Name: name, Validation: kind, Exposed: true, Permissions: map[string][]string{protected: {"crashstats.view_pii"}}[kind], words: words}
		}
	}
	return all
}()

// kept is what the search engine has of a value: a number of one that can be read as a number, nothing of any other; of long texts
// the begin, and two words in place of what is no text.
func (f field) kept(v any) any {
	text, isText := v.(string)
	switch {
	case v == nil || f.Validation == "bool":
		return v
	case f.Validation == "int":
		if n, ok := v.(float64); ok { // as Go reads a number of JSON
			return int64(n)
		}
		n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
		if err != nil {
			return nil
		}
		return n
	case !isText:
		return "BAD DATA"
	case len(text) > mostText:
		return strings.ToValidUTF8(text[:mostText], "")
	}
	return text
}
