package web

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
)

// testPageUndoes: whatever keys changed the edit, and whatever answers come meanwhile, Enter on the focused Undo takes back the last
// step, which is one for all that was typed into a line. The focus stays, and no older message is left.
func testPageUndoes(t *testing.T, b *browsed) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 0))
		b.Open("about:blank")
		b.Open(b.url + []string{"/", "/#edit=-+prefix+gone%0A%2B+irrelevant+po", "/pr/7"}[r.IntN(3)])
		b.wait(`!document.getElementById("rows").inert`)
		rows := func() string {
			var rows json.RawMessage
			b.Eval(`Array.from(document.querySelectorAll(".row"), (row) => Array.from(row.querySelectorAll("select, input"), (field) => field.value).join(" "))`, &rows)
			return string(rows)
		}
		past := []string{rows()}
		var did []string
		note := func() {
			if now := rows(); now != past[len(past)-1] {
				past = append(past, now)
			}
		}
		focus := func(what string) {
			b.Eval(fmt.Sprintf(`(() => {
				const all = document.querySelectorAll(%q);
				all[%d %% all.length].focus();
				return 0;
			})()`, what, r.IntN(100)), new(int))
			note() // a line that is left is a step
		}
		for range 40 {
			switch r.IntN(8) {
			case 0, 1, 2:
				focus("#undo")
				b.Press("Enter", "Enter", false)
				did = append(did, "undo")
				said := "There is nothing to undo."
				if len(past) > 1 {
					past, said = past[:len(past)-1], ""
				}
				if now := rows(); now != past[len(past)-1] {
					t.Fatalf("seed %d: the rows are %s, and were %s before the last step, after %q", seed, now, past[len(past)-1], did)
				}
				var shown string
				if b.Eval(`document.activeElement.id + ": " + document.getElementById("said").textContent`, &shown); shown != "undo: "+said {
					t.Fatalf("seed %d: the page has %q, not %q, after %q", seed, shown, "undo: "+said, did)
				}
			case 3:
				focus(".line")
				text := []string{"poll", "(", "c::run", " ", "gone"}[r.IntN(5)]
				b.Type(text)
				b.Press("Escape", "Escape", false)
				did = append(did, "type "+text)
			case 4:
				focus(".line")
				b.Press("Enter", "Enter", false)
				did = append(did, "Enter in a line")
			case 5:
				focus(".drop")
				b.Press("Enter", "Enter", false)
				did = append(did, "drop")
			case 6:
				note()
				b.Press("", []string{"KeyP", "KeyI", "KeyS", "KeyL"}[r.IntN(4)], true)
				did = append(did, "another list")
			case 7:
				b.Press("Escape", "Escape", false)
				note()
				b.Press("a", "KeyA", false)
				did = append(did, "a")
			}
			note()
		}
	}
	b.quiet()
}
