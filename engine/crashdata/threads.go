package crashdata

import (
	"strings"

	"github.com/sigdiff/sigdiff/internal/pyjson"
	"github.com/sigdiff/sigdiff/siglists/pyre"
)

// thread reads the thread with a number; one that isn't there has no frames.
func (p *processed) thread(number string, windows bool) (Thread, error) {
	// Only one of the two is there, since the last member threads counts.
	raw, ok := p.dump.threadsByName[number]
	if i, inList := pyjson.ListIndex(number, len(p.dump.threads)); inList {
		raw, ok = p.dump.threads[i], true
	}
	if !ok {
		return Thread{}, nil
	}
	return readThread(raw, windows)
}

// readThread reads a thread's frames and last error. Values of odd types are kept as the thread's
// failure; only a document that can't be read is an error.
func readThread(raw []byte, windows bool) (Thread, error) {
	r := threadReader{in: pyjson.NewReader(raw), windows: windows}
	err := r.read()
	return r.Thread, err
}

// threadReader is what makes a thread.
type threadReader struct {
	Thread
	in      *pyjson.Reader
	windows bool
	frame   rawFrame // the one that is read
}

// read reads the members that are used; of one that stands twice the last counts.
func (r *threadReader) read() error {
	if r.in.Kind() != '{' {
		v, err := r.in.Value()
		r.Thread = Thread{Failure: "the thread is no object", Odd: v.Truthy()}
		return err
	}
	return r.in.Members(func(name []byte) error {
		switch string(name) {
		case "frames":
			r.Frames, r.oddLines, r.Failure = nil, nil, ""
			return r.readFrames()
		case "last_error_value":
			v, err := r.in.Value()
			r.LastError = textIn(v)
			return err
		}
		return r.in.Skip()
	})
}

// readFrames reads frames up to the last that counts. The rest must be JSON all the same, and is passed over.
func (r *threadReader) readFrames() error {
	if r.in.Kind() != '[' {
		v, err := r.in.Value()
		if v.Kind <= pyjson.KindFloat || v.Truthy() { // an empty string or object holds no frames
			r.Failure = "the frames are no list"
		}
		return err
	}
	member := r.frameMember // once for all of them
	return r.in.Elements(func() error {
		if r.done() {
			return r.in.Skip()
		}
		if r.in.Kind() != '{' {
			r.Failure = "a frame is no object"
			return r.in.Skip()
		}
		// One frame at a time, in the memory of the one before: there are dozens in each of millions of documents.
		r.frame = rawFrame{inlined: r.frame.inlined[:0]}
		err := r.in.Members(member)
		if err == nil {
			r.expand()
		}
		return err
	})
}

// done tells that no further frame counts: there are enough, or one is of a type that Socorro can't work with.
func (r *threadReader) done() bool { return r.Failure != "" || len(r.Frames) == MaxFrames }

func (r *threadReader) frameMember(name []byte) error {
	switch string(name) {
	case "inlines":
		return r.readInlines()
	case "unloaded_modules":
		return r.readUnloaded()
	case "module":
		return pyjson.ReadInto(r.in, &r.frame.module)
	case "offset":
		return pyjson.ReadInto(r.in, &r.frame.offset)
	}
	return r.frame.member(r.in, name)
}

// readUnloaded reads the first of the modules that a frame may have been in, of which there may be many.
func (r *threadReader) readUnloaded() error {
	modules := &r.frame.unloadedModules
	if r.in.Kind() != '[' {
		return pyjson.ReadInto(r.in, modules)
	}
	*modules = pyjson.List()
	return r.in.Elements(func() error {
		if modules.Truthy() {
			return r.in.Skip()
		}
		first, err := r.in.Value()
		modules.Append(first)
		return err
	})
}

// readInlines reads the functions that were inlined into a frame, of which little is used.
func (r *threadReader) readInlines() error {
	f := &r.frame
	f.inlined, f.oddInlines = f.inlined[:0], pyjson.Value{}
	if r.in.Kind() != '[' {
		return pyjson.ReadInto(r.in, &f.oddInlines)
	}
	return r.in.Elements(func() error {
		if len(f.inlined) == MaxFrames {
			return r.in.Skip()
		}
		f.inlined = append(f.inlined, rawFunction{noObject: r.in.Kind() != '{'})
		last := &f.inlined[len(f.inlined)-1]
		return pyjson.IfObject(r.in, func(name []byte) error { return last.member(r.in, name) })
	})
}

// expand adds the frame at hand, and before it the functions that were inlined into it, up to the first that is no object. They
// have the frame's module and offset.
func (r *threadReader) expand() {
	f := &r.frame
	if f.oddInlines.Truthy() {
		r.Failure = "the inlines of a frame are no list"
	}
	for _, inline := range f.inlined {
		if inline.noObject && !r.done() {
			r.Failure = "an inlined function is no object"
		}
		r.add(&rawFrame{rawFunction: inline, module: f.module, offset: f.offset})
	}
	r.add(f)
}

// add adds a frame if it counts.
func (r *threadReader) add(f *rawFrame) {
	if r.done() {
		return
	}
	reduced, odd := f.reduce(r.windows)
	if r.Failure = odd; odd == "" {
		r.AddFrame(&Symbol{Kind: reduced.Kind, Text: reduced.Text}, reduced.Line)
	}
}

// rawFrame is a frame as the processed crash has it.
type rawFrame struct {
	rawFunction
	module, offset  pyjson.Value
	unloadedModules pyjson.Value
	inlined         []rawFunction
	oddInlines      pyjson.Value // in place of a list of them
}

// rawFunction is the function of a frame, or one that was inlined into it.
type rawFunction struct {
	function, file, line pyjson.Value
	noObject             bool
}

// member reads the value of a member, if it is used.
func (f *rawFunction) member(in *pyjson.Reader, name []byte) error {
	switch string(name) {
	case "function":
		return pyjson.ReadInto(in, &f.function)
	case "file":
		return pyjson.ReadInto(in, &f.file)
	case "line":
		return pyjson.ReadInto(in, &f.line)
	}
	return in.Skip()
}

// reduce keeps what the frame's normalised form depends on: its function, or else the best of source line, module, unloaded
// module and offset. odd is what of it has a type that Socorro can't work with there.
func (f *rawFrame) reduce(windows bool) (_ Frame, odd string) {
	if f.file.Truthy() && f.file.Kind != pyjson.KindStr {
		return Frame{}, "the file of a frame is no string"
	}
	if f.function.Kind == pyjson.KindList || f.function.Kind == pyjson.KindDict || f.function.Truthy() && f.function.Kind != pyjson.KindStr {
		return Frame{}, "the function of a frame is no string"
	}
	if windows && f.module.Truthy() && f.module.Kind != pyjson.KindStr {
		return Frame{}, "the module of a frame is no string"
	}
	source := sourceFile(f.file.Text)
	if f.function.Truthy() {
		frame := Frame{Kind: FrameCPP, Text: f.function.Text, Line: f.line.String()}
		if strings.HasSuffix(source, ".rs") {
			frame.Kind, frame.Text = FrameRust, rustPanics[[2]string{source, frame.Text}]+frame.Text
		}
		return frame, ""
	}
	text, odd := f.fallback(windows)
	return Frame{Text: text}, odd
}

// fallback is the text of a frame without a function.
func (f *rawFrame) fallback(windows bool) (text, odd string) {
	switch {
	case f.file.Truthy() && f.line.Truthy():
		return lastPathPart(f.file.Text) + "#" + f.line.String(), ""
	case f.module.Truthy():
		if f.module.Kind != pyjson.KindStr {
			return "", "the module of a frame is no string"
		}
		module := f.module.Text
		if windows {
			module = pyre.Lower(module)
		}
		return strings.Trim(module, "[]"), ""
	case f.unloadedModules.Truthy():
		if f.unloadedModules.Kind != pyjson.KindList || f.unloadedModules.Items()[0].Kind != pyjson.KindDict {
			return "", "the unloaded modules of a frame are no list of objects"
		}
		module := f.unloadedModules.Items()[0].GetOr("module", pyjson.Value{})
		return "(unloaded " + module.String() + ")", ""
	case f.offset.Truthy():
		return "@" + pyjson.StripLeadingZeros(f.offset), ""
	}
	return "", ""
}

// lastPathPart is the file's name. A path with a backslash is one of Windows.
func lastPathPart(path string) string {
	path = strings.TrimRight(path, `/\`)
	separator := "/"
	if strings.Contains(path, `\`) {
		separator = `\`
	}
	return path[strings.LastIndex(path, separator)+1:]
}

// sourceFile is the path within a frame's file, or "" where its form is unknown: vcs:root:path:revision,
// drive:path, or an absolute path.
func sourceFile(file string) string {
	_, behind, _ := strings.Cut(file, ":")
	switch strings.Count(file, ":") {
	case 3:
		_, behind, _ = strings.Cut(behind, ":")
		path, _, _ := strings.Cut(behind, ":")
		return path
	case 1:
		return behind
	}
	if strings.HasPrefix(file, "/") {
		return file
	}
	return ""
}

// rustPanics are functions that the symbols of Rust 1.34 list without their module, by source file
// (bug 1544246).
var rustPanics = map[[2]string]string{
	{"src/liballoc/raw_vec.rs", "capacity_overflow"}:       "alloc::raw_vec::",
	{"src/libcore/option.rs", "expect_failed"}:             "core::option::",
	{"src/libcore/panicking.rs", "panic_bounds_check"}:     "core::panicking::",
	{"src/libcore/panicking.rs", "panic_fmt"}:              "core::panicking::",
	{"src/libcore/panicking.rs", "panic"}:                  "core::panicking::",
	{"src/libcore/slice/mod.rs", "slice_index_order_fail"}: "core::slice::",
	{"src/libstd/panicking.rs", "begin_panic_fmt"}:         "std::panicking::",
	{"src/libstd/panicking.rs", "continue_panic_fmt"}:      "std::panicking::",
	{"src/libstd/panicking.rs", "rust_panic_with_hook"}:    "std::panicking::",
}
