package crashstatstest

import "strings"

// A field is what Super Search knows of one.
type field struct {
	Name       string `json:"name"`
	Validation string `json:"data_validation_type"`
	Exposed    bool   `json:"is_exposed"`
}

// The fields by their type; enumerated ones have no `=` operator.
var fieldNames = map[string]string{
	"enum": "product version platform release_channel uuid process_type vendor cpu_arch",
	"str": `signature proto_signature build_id abort_message reason moz_crash_reason ipc_channel_error ipc_message_name async_shutdown_timeout
		js_large_allocation_failure last_error_value address platform_version app_notes processor_notes hang topmost_filenames mdsw_status_string java_stack_trace`,
	"int":      "oom_allocation_size crashing_thread uptime install_age thread_count",
	"bool":     "startup_crash accessibility dom_fission_enabled",
	"datetime": "date",
}

// The products that can be searched for, in just this spelling.
var validProducts = []string{"Firefox", "Fenix", "Focus", "Thunderbird", "MozillaVPN", "ReferenceBrowser"}

var fields = func() map[string]field {
	all := map[string]field{}
	for kind, names := range fieldNames {
		for _, name := range strings.Fields(names) {
			all[name] = field{Name: name, Validation: kind, Exposed: true}
		}
	}
	return all
}()
