package serve

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// readJobs reads the jobs of a body.
func readJobs(body string) (jobs []string, err error) {
	r := newBodyReader(iotest.OneByteReader(strings.NewReader(body)), 1000)
	err = r.members(func(name string) error {
		if name != "jobs" {
			_, err := r.value()
			return err
		}
		return r.list(name, 10, func(job []byte) error {
			jobs = append(jobs, string(job))
			return nil
		})
	})
	return jobs, err
}

// FuzzBody: what is read as a body is JSON for encoding/json too, and has the same jobs.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{
		`{"jobs":[{"a":1},2,"x",null]}`, `{"jobs":null}`, `{"jobs":[]}`, `{"a":{"jobs":[1]},"jobs":[1]}`, `{"jobs":[1],"jobs":[2]}`,
		` { "jobs" : [ 1 , 2 ] } `, `{"jobs":[1]}{}`, `{"j\u006fbs":[1]}`, `{"jobs":["\ud800"]}`, `[]`, ``, `{"jobs":[1,]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		jobs, err := readJobs(body)
		if err != nil {
			return
		}
		var want struct{ Jobs []json.RawMessage }
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(body), &members); err != nil {
			t.Fatalf("%q is read, and is no JSON: %v", body, err)
		}
		if list, ok := members["jobs"]; ok {
			if err := json.Unmarshal(list, &want.Jobs); err != nil {
				t.Fatalf("%q is read, and its jobs are none: %v", body, err)
			}
		}
		var texts []string
		for _, job := range want.Jobs {
			texts = append(texts, string(bytes.TrimSpace(job)))
		}
		if diff := cmp.Diff(texts, jobs); diff != "" {
			t.Errorf("%q (-want +got)\n%s", body, diff)
		}
	})
}
