package pyre

import (
	"encoding/json"
	"os"
	"testing"
)

func BenchmarkZZ(b *testing.B) {
	t, _ := os.ReadFile("/tmp/pyre/frames.json")
	var frames []string
	json.Unmarshal(t, &frames)
	for _, name := range []string{"irrelevant", "prefix"} {
		b.Run(name, func(b *testing.B) {
			benchmarkList(b, sharedList(b, name+"_signature_re.txt"), frames)
		})
	}
}
