package corpora

import (
	"slices"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/crashid"
	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

const partCrash = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeee261101"

func resultsOf(t *testing.T, signature string) *Accepted {
	t.Helper()
	key, ok := crashid.Pack(partCrash)
	if !ok {
		t.Fatal("no crash id")
	}
	return &Accepted{results: []acceptedResult{{key: key, signature: signature}}}
}

// TestPartEnds: a part counts until its end, the last of several does, and it survives being kept.
func TestPartEnds(t *testing.T) {
	end := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	a := resultsOf(t, "old")
	a.Info.Parts = []AcceptedPart{
		{From: "old", To: "new", Reason: "r", IDs: []string{partCrash}, Inputs: []uint64{1}},
		{From: "new", To: "newest", Reason: "r", IDs: []string{partCrash}, Inputs: []uint64{2}, Until: end},
		{From: "old", To: "other", Reason: "r", IDs: []string{"00000000-bbbb-4ccc-8ddd-eeeeee261101"}, Inputs: []uint64{3}},
	}
	blob, err := a.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if a, err = DecodeAccepted(nil, blob); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		now  time.Time
		want string
	}{{end.Add(-time.Second), "newest"}, {end, "new"}} {
		a.Apply(test.now)
		if got, _ := signatureOf(a, partCrash); got != test.want {
			t.Errorf("%s: %s", test.now, got)
		}
	}
	if changes := a.Changes(&Accepted{}); len(changes) != 0 {
		t.Errorf("crashes that have no result now are changed: %+v", changes)
	}
	changes := a.Changes(resultsOf(t, "old"))
	if len(changes) != 1 || changes[0].From != "new" || changes[0].To != "old" || !slices.Equal(changes[0].IDs, []string{partCrash}) {
		t.Errorf("%+v", changes)
	}
}

// signatureOf is the accepted signature of a crash.
func signatureOf(a *Accepted, id string) (string, bool) {
	key, _ := crashid.Pack(id)
	i, ok := a.find(key)
	if !ok {
		return "", false
	}
	return a.at(i).signature, true
}

// TestPartHasItsData: a part was made of the data that its crashes had when it was accepted; what was accepted before of others.
func TestPartHasItsData(t *testing.T) {
	crash, err := crashdata.ParseProcessed([]byte(`{"uuid": "` + partCrash + `", "json_dump": {"threads": [{"frames": [{"function": "new"}]}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	a, now := resultsOf(t, "old"), resultsOf(t, "new")
	a.hashed, now.results[0].inputs = true, inputsOf(crash, new([]byte))
	end := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	a.Info.Parts = a.Changes(now)
	a.Info.Parts[0].Until = end
	for at, want := range map[time.Time]signatures.Result{end.Add(-time.Second): {Signature: "new"}, end: {Signature: "old", OtherData: true}} {
		a.Apply(at)
		signer := a.NewSigner()
		for _, make := range []func(*crashdata.Crash) (signatures.Result, error){signer.Generate, signer.Explain} {
			if got, err := make(crash); err != nil || got.Signature != want.Signature || got.OtherData != want.OtherData {
				t.Errorf("%s: %+v, %v", at, got, err)
			}
		}
	}
}
