package report

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// scratch: SHOT=file:js:width:height:scheme:name
func TestZZShot(t *testing.T) {
	spec := os.Getenv("SHOT")
	if spec == "" {
		t.Skip()
	}
	b := startBrowser(t)
	for _, one := range strings.Split(spec, "\n") {
		p := strings.SplitN(one, "~", 6)
		w, _ := strconv.Atoi(p[1])
		h, _ := strconv.Atoi(p[2])
		b.media(w, h, p[3])
		b.open(p[0])
		var x any
		if len(p) > 5 {
			b.eval("(async()=>{"+p[5]+"; await new Promise(r=>setTimeout(r,400)); return 1})()", &x)
		}
		b.screenshot(p[4])
	}
	for _, c := range b.complaints {
		t.Error(c)
	}
	t.Log(b.requests)
}
