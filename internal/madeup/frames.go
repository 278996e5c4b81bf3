package madeup

// frame is one stack frame.
type frame struct {
	function     string // "" when there are no symbols
	source       string // "" when the source file is unknown
	inTree       bool   // source is a path in the repository of the build
	line         int
	module       module // moduleNone when the address lies in no module
	moduleOffset uint32
	inlines      []*frame // functions that were inlined into it
	unloaded     string   // an unloaded module that once held the address
	scattered    bool     // the address is another one in every crash
}

// frameMaker makes frames, each plain one once, so that thousands of families
// share them.
type frameMaker struct {
	symbols  []symbol
	popular  ranks
	ofSymbol [][3]*frame
	ofSystem map[systemFrame]*frame
}

// newFrameMaker makes no frames yet: of tens of thousands of symbols, families draw a part.
func newFrameMaker() *frameMaker {
	symbols := vocabulary()
	return &frameMaker{
		symbols:  symbols,
		popular:  popularity(),
		ofSymbol: make([][3]*frame, len(symbols)),
		ofSystem: make(map[systemFrame]*frame),
	}
}

// draw returns a frame of our own tree and its symbol.
func (m *frameMaker) draw(r *rng) (*frame, *symbol) {
	i, line := m.popular.draw(r), r.intn(3)
	s := &m.symbols[i]
	if m.ofSymbol[i][line] == nil {
		m.ofSymbol[i][line] = newFrame(s.function, s.source, s.lines[line], s.module)
	}
	return m.ofSymbol[i][line], s
}

// system is a frame of the platform, the same one for the same entry of a table.
func (m *frameMaker) system(s systemFrame) *frame {
	f := m.ofSystem[s]
	if f == nil {
		f = newFrame(s.function, s.source, s.line, s.module)
		m.ofSystem[s] = f
	}
	return f
}

func (m *frameMaker) systems(list []systemFrame) []*frame {
	frames := make([]*frame, len(list))
	for i, s := range list {
		frames[i] = m.system(s)
	}
	return frames
}

// newFrame makes a frame at an offset that its function and line decide, so that one place has one address in its module.
func newFrame(function, source string, line int, in module) *frame {
	sum := uint64(line)
	for _, c := range []byte(function) {
		sum = mix(sum ^ uint64(c))
	}
	// Sources of the system and of Rust's library are no files of the tree, and stand as they are.
	absolute := source == "" || source[0] == '/' || (len(source) > 1 && source[1] == ':')
	return &frame{
		function: function, source: source, inTree: !absolute, line: line, module: in,
		moduleOffset: uint32(sum) % 0x6000000,
	}
}

// Shares of the frames of a family that lack or carry something.
const (
	inlineShare     = 0.11
	moduleOnlyShare = 0.047
	offsetOnlyShare = 0.02
)

// decorate gives some frames inlines and takes symbols from others.
func (m *frameMaker) decorate(r *rng, stack []*frame) {
	n := float64(len(stack))
	for range r.round(n * inlineShare) {
		i := r.intn(len(stack))
		// A copy: the frame is that of other families, too.
		changed := *stack[i]
		changed.inlines = m.inlines(r)
		stack[i] = &changed
	}
	for range r.round(n * moduleOnlyShare) {
		in := pick(r, []module{moduleDriver, moduleOther, moduleUI, moduleBase, moduleUnknown})
		stack[r.intn(len(stack))] = &frame{module: in, moduleOffset: uint32(r.intn(0x400000))}
	}
	for range r.round(n * offsetOnlyShare) {
		stack[r.intn(len(stack))] = offsetOnly(r)
	}
}

// offsetOnly is a frame in no module, such as code that was made at run time or of which the module is gone.
func offsetOnly(r *rng) *frame {
	f := &frame{module: moduleNone, moduleOffset: uint32(r.next()), scattered: r.chance(0.15)}
	if r.chance(0.2) {
		f.unloaded = pick(r, []string{"gone64.dll", "oldplugin.dll", "mscand20.dll"})
	}
	return f
}

// inlines are functions as a compiler puts some into another.
func (m *frameMaker) inlines(r *rng) []*frame {
	list := make([]*frame, r.between(1, 3))
	for i := range list {
		list[i], _ = m.draw(r)
	}
	return list
}
