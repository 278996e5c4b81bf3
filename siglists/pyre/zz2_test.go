package pyre
import ("testing";"strings";"time";"fmt")
func TestZZ(t *testing.T) {
	for _, part := range []string{"a", "a|", "(a)", "[ab]", "(?i:[\\w\u0100-\uffff])", "a*", "(?:a|b)", `\w|`, "{", "a{1,2}", "(?:a|a)", "(?=a)|"} {
		pattern := strings.Repeat(part, 1<<20/len(part))
		start := time.Now()
		l, err := CompileList([]string{pattern})
		d := time.Since(start); start = time.Now()
		if l != nil { l.Match("abcabc"); }
		t.Logf("%q: %d, %.60v after %v, match %v", part, len(pattern), err, d, time.Since(start))
	}
	var b strings.Builder
	b.WriteString("(?i)")
	for i:=0; b.Len()<1<<20; i++ { fmt.Fprintf(&b, "[^\\w%c-\U00010fff]|", rune(0x100+i%50000)) }
	start := time.Now()
	l, err := CompileList([]string{b.String()})
	t.Logf("%v after %v", err, time.Since(start)); start = time.Now()
	if l != nil { l.Match("abcabc"); t.Log(l.automaton!=nil, len(l.others))}
	t.Logf("after %v", time.Since(start))
}
