package cases

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/siglists"
)

// Options say what a case is to be about.
type Options struct {
	Bug  int
	Line *siglists.Line // that it is to stand for; nil for all that decide it
}

// Make makes a case of a processed crash: the signature that the generator makes of it, and of its crash data what
// decides that. What is kept is put through the generator again: it has the same signature, and another one without
// each of the lines that the case stands for. Where no line decides the signature, the case stands for none.
func Make(processed []byte, g *signatures.Generator, o Options) (*Case, error) {
	data, err := crashdata.CrashData(processed)
	if err != nil {
		return nil, err
	}
	crash, err := readData(data)
	if err != nil {
		return nil, err
	}
	result, err := g.Worker().Explain(crash)
	if err != nil {
		return nil, err
	}
	without, err := deciding(g, crash, result)
	if err == nil && o.Line != nil {
		without, err = only(without, *o.Line)
	}
	if err != nil {
		return nil, err
	}
	// It must also fail without each of its lines as the crash does, so that it is made smaller under all of these lists.
	r := &reducer{workers: []*signatures.Worker{g.Worker()}}
	c := &Case{Signature: result.Signature, Bug: o.Bug}
	for _, l := range without {
		c.Lines = append(c.Lines, l.line)
		r.workers = append(r.workers, l.Worker())
	}
	if c.Data, err = r.reduce(data, crash); err != nil {
		return nil, err
	}
	c.Crash, err = readData(c.Data)
	return c, err
}

// reducer makes crash data smaller. It changes the data in place, tries it, and takes the change back where the signature or what
// it came from is another: to copy the data for each try would take longer than to make the signatures.
type reducer struct {
	workers []*signatures.Worker // with all lines, and without each that the case stands for
	want    []essence
	top     map[string]any // the crash data, as CrashData makes it
}

// essence is what must stay as it is, so that the case fails for what the crash was about and for nothing else: the
// signature, the rules that changed it, and the frames up to the one that would come next.
type essence struct {
	signature string
	fired     []string
	frames    []signatures.FrameTrace // of all walks, without what they were made from
}

func (e essence) equal(other essence) bool {
	return e.signature == other.signature && slices.Equal(e.fired, other.fired) && slices.Equal(e.frames, other.frames)
}

func (r *reducer) essence(crash *crashdata.Crash) ([]essence, error) {
	var all []essence
	for _, w := range r.workers {
		result, err := w.Explain(crash)
		if err != nil {
			return nil, err
		}
		e := essence{signature: result.Signature, fired: result.Fired}
		for i, thread := range crash.Threads(result.Hang)[:len(result.Passes)] {
			pass := result.Passes[i]
			// So that frames of one walk can't be taken for those of the next.
			e.frames = append(e.frames, signatures.FrameTrace{Text: "walk"})
			for _, f := range upToNext(pass.Frames, thread, w) {
				// What it was made from is what is to get smaller.
				f.Frame = crashdata.Frame{}
				e.frames = append(e.frames, f)
			}
		}
		all = append(all, e)
	}
	return all, nil
}

// upToNext are the frames that a walk met, and those up to the one that would come into the signature next, so that a
// case also sees a line that makes its signature longer.
func upToNext(frames []signatures.FrameTrace, thread *crashdata.Thread, w *signatures.Worker) []signatures.FrameTrace {
	last := -1
	for i, f := range frames {
		if f.Treatment != signatures.Unreached {
			last = i
		}
	}
	for i := last + 1; i < len(frames); i++ {
		// A frame without a text, or that is irrelevant, would be passed over.
		if c := w.Classify(thread, thread.Frames[i]); c.Text != "" && !c.Irrelevant().OK {
			return frames[:i+1]
		}
	}
	return frames
}

// same tells whether smaller data still has the essence.
func (r *reducer) same(data json.RawMessage) bool {
	crash, err := readData(data)
	if err != nil {
		return false
	}
	got, err := r.essence(crash)
	return err == nil && slices.EqualFunc(got, r.want, essence.equal)
}

// reduce leaves out what can be left out of a crash's data, one after the other. What is left has the essence.
func (r *reducer) reduce(data json.RawMessage, crash *crashdata.Crash) (json.RawMessage, error) {
	var err error
	if r.want, err = r.essence(crash); err != nil {
		return nil, err
	}
	v, err := decode(data)
	if err != nil {
		return nil, err
	}
	r.top = v.(map[string]any)
	// Threads first: there may be hundreds, and each member of each frame is tried. Texts last, when few are left.
	r.threads()
	r.shrink(r.top)
	r.texts()
	kept, err := encode(r.top)
	// Every step has made sure of it, and a case that doesn't pass would be worse than none.
	if err == nil && !r.same(kept) {
		err = errors.New("what is kept of it has another signature, with its lines or without one")
	}
	return kept, err
}

// try keeps a change to the data if it still has the essence, and else undoes it.
func (r *reducer) try(undo func()) bool {
	data, err := encode(r.top)
	if err == nil && r.same(data) {
		return true
	}
	undo()
	return false
}

// threads leaves out the threads that nothing is read of, so that the others get other numbers.
func (r *reducer) threads() {
	top := r.top
	threads, _ := top["threads"].([]any)
	index := top["crashing_thread"]
	crashing := 0
	if n, ok := index.(json.Number); ok {
		crashing, _ = strconv.Atoi(n.String())
	}
	if crashing < 0 || crashing >= len(threads) {
		return
	}
	undo := func() { top["threads"], top["crashing_thread"] = threads, index }
	top["threads"], top["crashing_thread"] = []any{threads[crashing]}, json.Number("0")
	if !r.try(undo) && crashing > 0 {
		// Thread 0 decides the signature of a shutdown hang.
		top["threads"], top["crashing_thread"] = []any{threads[0], threads[crashing]}, json.Number("1")
		r.try(undo)
	}
}

// shrink leaves out members, and the ends of lists, of a value in the data, and of what is in it.
func (r *reducer) shrink(v any) {
	object, _ := v.(map[string]any)
	// In the order of their names, so that a crash makes the same case each time.
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value := object[name]
		delete(object, name)
		if r.try(func() { object[name] = value }) {
			continue
		}
		if list, ok := value.([]any); ok {
			object[name] = r.shorter(list, func(l []any) { object[name] = l })
		}
		// What has to stay may have parts that need not.
		r.shrink(object[name])
	}
	if list, ok := v.([]any); ok {
		// The items in front stay, whatever is in them: to leave one out would move the others.
		for _, item := range list {
			r.shrink(item)
		}
	}
}

// shorter is a list without what can be left out at its end. What stands before decides by its place.
func (r *reducer) shorter(list []any, set func([]any)) []any {
	for len(list) > 0 {
		set(list[:len(list)-1])
		if !r.try(func() { set(list) }) {
			break
		}
		list = list[:len(list)-1]
	}
	return list
}

// prose are the members that may hold what somebody wrote, or more than the signature takes of it.
var prose = []string{"abort_message", "java_stack_trace", "ipc_channel_error", "mdsw_status_string"}

// texts cuts texts to what decides.
func (r *reducer) texts() {
	for _, name := range prose {
		text, ok := r.top[name].(string)
		if !ok {
			continue
		}
		if before, _, found := strings.Cut(text, ": file "); found { // which ends an abort message
			text = r.tryText(name, text, before)
		}
		runes := []rune(text)
		// By halves: a text may have thousands of characters, and each try makes signatures.
		for step := len(runes) / 2; step > 0; {
			shorter := runes[:max(0, len(runes)-step)]
			if r.tryText(name, string(runes), string(shorter)) == string(shorter) {
				runes = shorter
			} else {
				step /= 2
			}
			step = min(step, len(runes)/2)
		}
	}
	r.timeout()
}

// tryText puts a text in the place of another if the data still has the essence, and returns the one that is there then.
func (r *reducer) tryText(name, text, instead string) string {
	r.top[name] = instead
	if r.try(func() { r.top[name] = text }) {
		return instead
	}
	return text
}

// timeout leaves out of a shutdown timeout, which is JSON in a text, all but what decides.
func (r *reducer) timeout() {
	const name = "async_shutdown_timeout"
	text, _ := r.top[name].(string)
	v, err := decode([]byte(text))
	object, ok := v.(map[string]any)
	if err != nil || !ok {
		return
	}
	kept := map[string]any{}
	// These are what the rule for shutdown timeouts reads.
	for _, member := range []string{"phase", "conditions"} {
		if value, has := object[member]; has {
			kept[member] = value
		}
	}
	if conditions, ok := kept["conditions"].([]any); ok {
		kept["conditions"] = conditionNames(conditions)
	}
	if small, err := encode(kept); err == nil {
		r.tryText(name, text, string(small))
	}
}

// conditionNames are conditions without what they say beside their names, which may be about somebody's machine.
func conditionNames(conditions []any) []any {
	names := make([]any, len(conditions))
	for i, c := range conditions {
		names[i] = c
		if object, ok := c.(map[string]any); ok {
			names[i] = map[string]any{"name": object["name"]}
		}
	}
	return names
}

func decode(data []byte) (any, error) {
	in := json.NewDecoder(bytes.NewReader(data))
	// An address has more digits than a float keeps.
	in.UseNumber()
	var v any
	if err := in.Decode(&v); err != nil {
		return nil, fmt.Errorf("reading crash data: %w", err)
	}
	return v, nil
}

func encode(v any) (json.RawMessage, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}
