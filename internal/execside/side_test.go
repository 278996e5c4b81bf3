package execside

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
)

const helperMode = "SIGDIFF_TEST_HELPER"

// TestMain makes the test binary the program of a side, where it is started as one.
func TestMain(m *testing.M) {
	if mode := os.Getenv(helperMode); mode != "" {
		helper(mode)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// helper answers each crash, but for the crash "x": of that it does what its mode says.
func helper(mode string) {
	if mode == "hold" {
		forever()
	}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	before := ""
	for in.Scan() {
		var crash struct{ UUID string }
		if err := json.Unmarshal(in.Bytes(), &crash); err != nil {
			fmt.Println(`{"error":"no JSON came in"}`)
			continue
		}
		answer := fmt.Sprintf(`{"uuid":%q,"signature":"S %s","notes":["n"],"proto_signature":"a | b"}`, crash.UUID, crash.UUID)
		if crash.UUID == "x" {
			misbehave(mode, before, answer)
			continue
		}
		fmt.Println(answer)
		before = crash.UUID
	}
	switch mode {
	case "stay":
		forever()
	case "more":
		fmt.Println(`{"signature":"S x"}`)
	case "bye":
		fmt.Println("\nall done")
	}
}

func misbehave(mode, before, answer string) {
	switch mode {
	case "hang":
		forever()
	case "die":
		fmt.Fprintln(os.Stderr, "Traceback:\n  it broke")
		os.Exit(3)
	case "half":
		fmt.Print(answer[:20])
		os.Exit(0)
	case "half and hang":
		fmt.Print(answer[:20])
		forever()
	case "large":
		fmt.Printf("{\"signature\":\"%s\"}\n", strings.Repeat("s", 10<<20))
	case "flood":
		for range 1000 {
			fmt.Fprintln(os.Stderr, strings.Repeat("e", 8000))
		}
		fmt.Println(answer)
	case "order":
		fmt.Printf("{\"uuid\":%q,\"signature\":\"other\"}\n", before)
	case "twice":
		fmt.Println(answer + "\n" + answer)
	case "more", "bye": // at its end
		fmt.Println(answer)
	case "text":
		fmt.Println("a warning")
	case "list":
		fmt.Println("[1]")
	case "empty":
		fmt.Println("{}")
	case "error":
		fmt.Println(`{"error":"it has no stack"}`)
	case "closed":
		_ = os.Stdout.Close()
		forever()
	case "orphan":
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), helperMode+"=hold")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		if err := child.Start(); err != nil {
			panic(err)
		}
		os.Exit(0)
	}
}

// newSide is a side of the helper.
func newSide(t *testing.T, mode string, limit time.Duration) *Side {
	t.Helper()
	s := New(t.Context(), Program{
		Argv: []string{os.Args[0]}, Env: []string{helperMode + "=" + mode}, Limit: limit,
		Request: func(c *crashdata.Crash) ([]byte, error) { return fmt.Appendf(nil, `{"uuid":%q}`, c.ID()), nil },
	})
	t.Cleanup(s.Close)
	return s
}

func crash(id string) *crashdata.Crash { return &crashdata.Crash{Meta: crashdata.Meta{ID: id}} }

// Whatever a program does with a crash fails that one with the reason, and the next one is answered.
func TestWhatAProgramDoesWrong(t *testing.T) {
	t.Parallel()
	for mode, test := range map[string]struct {
		want     string // part of the failure; empty for an answer
		restarts int
	}{
		"die":    {"the program ended before its answer did: exit status 3: it broke", 1},
		"half":   {"the program ended before its answer did", 1},
		"large":  {"the answer has more than 1 MB", 1},
		"flood":  {"", 0},
		"order":  {`the answer is out of order: it is for "a"`, 1},
		"text":   {`the answer is no JSON object: "a warning"`, 1},
		"list":   {"the answer is no JSON object", 1},
		"empty":  {"the answer has no signature", 1},
		"error":  {"the program says: it has no stack", 0},
		"closed": {"the program ended before its answer did", 1},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := newSide(t, mode, time.Hour)
			signer := s.NewSigner()
			for _, id := range []string{"a", "x", "b"} {
				got, err := signer.Generate(crash(id))
				switch {
				case id == "x" && test.want != "":
					if err == nil || !strings.Contains(err.Error(), test.want) {
						t.Errorf("%q, %v, want %q", got.Signature, err, test.want)
					}
				case err != nil || got.Signature != "S "+id || len(got.Notes) != 1 || got.ProtoSignature != "a | b" || !got.HasProto:
					t.Errorf("%s: %+v, %v", id, got, err)
				}
			}
			if got := s.Restarts(); got != test.restarts {
				t.Errorf("started again %d times, want %d", got, test.restarts)
			}
			if s.Close(); s.Surplus() {
				t.Error("more answers than asked for")
			}
		})
	}
}

// Of a program that gives more answers than it is asked for nobody knows which crash they are of. That is noticed by the
// next crash, or at its end; what it says then that is no answer does no harm.
func TestMoreAnswersThanAsked(t *testing.T) {
	t.Parallel()
	const given = "the program is given up: it gave more answers than it was asked for"
	for mode, want := range map[string][]string{
		"twice": {"it gave more answers than it was asked for", given}, "more": {"", ""}, "bye": {"", ""},
	} {
		s := newSide(t, mode, time.Hour)
		signer := s.NewSigner()
		if _, err := signer.Generate(crash("x")); err != nil {
			t.Errorf("%s: %v", mode, err)
		}
		for _, want := range want {
			if _, err := signer.Generate(crash("a")); fmt.Sprint(err) != cmp.Or(want, "<nil>") {
				t.Errorf("%s: %v, want %q", mode, err, want)
			}
		}
		if s.Close(); s.Surplus() != (mode != "bye") || s.Restarts() > 0 {
			t.Errorf("%s: %v, started again %d times", mode, s.Surplus(), s.Restarts())
		}
	}
}

// A program that gives no answer is ended, with what it started, and after some of that given up.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"hang", "half and hang", "orphan"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := newSide(t, mode, 200*time.Millisecond)
			signer := s.NewSigner()
			for i := range maxInARow + 3 {
				want := "no answer within 200ms"
				if i >= maxInARow {
					want = "the program is given up: it failed 10 times in a row, at last since no answer within 200ms"
				}
				if _, err := signer.Generate(crash("x")); err == nil || err.Error() != want {
					t.Errorf("%v, want %s", err, want)
				}
			}
			if len(s.running) > 0 {
				t.Errorf("%d still run", len(s.running))
			}
			if s.Restarts() != maxInARow-1 {
				t.Errorf("started again %d times", s.Restarts())
			}
		})
	}
}

// The command's end ends the waiting.
func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{})
	s := New(ctx, Program{
		Argv: []string{os.Args[0]}, Env: []string{helperMode + "=hang"}, Limit: time.Hour,
		Request: func(*crashdata.Crash) ([]byte, error) { close(asked); return []byte(`{"uuid":"x"}`), nil },
	})
	defer s.Close()
	go func() { <-asked; cancel() }()
	if _, err := s.NewSigner().Generate(crash("x")); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A program that doesn't end when it is told that no more comes is ended.
func TestCloseEndsWhatStays(t *testing.T) {
	t.Parallel()
	s := newSide(t, "stay", time.Hour)
	if _, err := s.NewSigner().Generate(crash("a")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if len(s.running) > 0 {
		t.Error("it still runs")
	}
}

// Of stderr the beginning is kept, and the rest counted.
func TestStderr(t *testing.T) {
	t.Parallel()
	s := newSide(t, "flood", time.Hour)
	if _, err := s.NewSigner().Generate(crash("x")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if beginning, all := s.Stderr(); len(beginning) != maxSaid || all != 8001*1000 {
		t.Errorf("%d bytes kept of %d", len(beginning), all)
	}
}

// What can't be started fails every crash, and what can't be asked asks nothing.
func TestNotStarted(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for want, p := range map[string]Program{
		"starting the program: ": {Argv: []string{"/nowhere/it"}, Request: func(*crashdata.Crash) ([]byte, error) { return nil, nil }},
		"broken":                 {Argv: []string{"/nowhere/it"}, Request: func(*crashdata.Crash) ([]byte, error) { return nil, broken }},
	} {
		s := New(t.Context(), p)
		if _, err := s.NewSigner().Generate(crash("a")); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		s.Close()
	}
}

// Explain doesn't ask again for the crash that Generate was just asked for, and asks for every other.
func TestExplainAsksOnce(t *testing.T) {
	t.Parallel()
	asked := 0
	s := New(t.Context(), Program{
		Argv: []string{os.Args[0]}, Env: []string{helperMode + "=ok"}, Limit: time.Hour,
		Request: func(c *crashdata.Crash) ([]byte, error) {
			asked++
			return fmt.Appendf(nil, `{"uuid":%q}`, c.ID()), nil
		},
	})
	defer s.Close()
	signer := s.NewSigner()
	for i, step := range []struct {
		ask   func(*crashdata.Crash) (signatures.Result, error)
		id    string
		asked int
	}{
		{signer.Generate, "a", 1}, {signer.Explain, "a", 1}, {signer.Explain, "a", 2}, {signer.Generate, "a", 3}, {signer.Explain, "b", 4},
	} {
		got, err := step.ask(crash(step.id))
		if err != nil || got.Signature != "S "+step.id || asked != step.asked {
			t.Errorf("step %d: %q, %v, asked %d times, want %d", i, got.Signature, err, asked, step.asked)
		}
	}
}

// An answer is one JSON object and the white space around it.
func TestReadAnswer(t *testing.T) {
	t.Parallel()
	for line, ok := range map[string]bool{
		`{"signature":"a"}`: true, " {\"signature\" : \"a\"}\r": true, "\ufeff{\"signature\":\"a\"}": true, `{"signature":"a","notes":null}`: true,
		`{"signature":"a"}{"signature":"b"}`: false, `{"signature":"a"} {"signature":"a"}`: false, `{"signature":"a"},`: false,
		`{"signature":"a"} a warning`: false, `{"signature":"a"}}`: false, `{"signature":"a"`: false, "": false, `"a"`: false, "null": false,
	} {
		r, err := readAnswer([]byte(line), "x")
		if (err == nil) != ok || ok && r.Signature != "a" {
			t.Errorf("%q: %q, %v", line, r.Signature, err)
		}
	}
}

// FuzzReadAnswer: an answer is a signature or an error, never a panic, and never one for another crash.
func FuzzReadAnswer(f *testing.F) {
	for _, line := range []string{`{"signature":"a"}`, `{"error":"e"}`, `{"uuid":"y","signature":"a"}`, `{"signature":1,"notes":[1,{}]}`, `[`, "\xff", `{"signature":"\ud800","notes":{"a":1}}`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		r, err := readAnswer([]byte(line), "x")
		if err != nil && r.Signature != "" {
			t.Errorf("%q: %q with %v", line, r.Signature, err)
		}
		var members map[string]any
		if err == nil && json.Unmarshal([]byte(line), &members) == nil {
			if uuid, isText := members["uuid"].(string); isText && uuid != "x" {
				t.Errorf("%q is taken for x", line)
			}
		}
	})
}

func forever() {
	for {
		time.Sleep(time.Hour)
	}
}
