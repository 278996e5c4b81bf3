package execside

import (
	"errors"
	"fmt"

	"github.com/sigdiff/sigdiff/engine/signatures"
	"github.com/sigdiff/sigdiff/internal/pyjson"
)

// errAnswered is wrapped by the errors that the program answers with. It goes on after them.
var errAnswered = errors.New("the program says")

// readAnswer reads the answer for a crash: {"signature", "notes", "proto_signature"} or {"error"}. Where it repeats
// the crash's uuid, that must be the crash's. Nothing may follow it in its line: of two answers neither is known to be the crash's.
func readAnswer(line []byte, id string) (signatures.Result, error) {
	v, err := pyjson.Parse(string(pyjson.Text(line)))
	if err != nil || v.Kind != pyjson.KindDict {
		return signatures.Result{}, fmt.Errorf("the answer is no JSON object: %.100q", line)
	}
	text := func(name string) (string, bool) {
		value := v.GetOr(name, pyjson.Value{})
		return value.Text, value.Kind == pyjson.KindStr
	}
	if uuid, ok := text("uuid"); ok && uuid != id {
		return signatures.Result{}, fmt.Errorf("the answer is out of order: it is for %.100q", uuid)
	}
	if text, ok := text("error"); ok {
		return signatures.Result{}, fmt.Errorf("%w: %.1000s", errAnswered, text)
	}
	var r signatures.Result
	var ok bool
	if r.Signature, ok = text("signature"); !ok {
		return signatures.Result{}, fmt.Errorf("the answer has no signature: %.100q", line)
	}
	r.ProtoSignature, r.HasProto = text("proto_signature")
	for _, note := range v.GetOr("notes", pyjson.Value{}).Items() {
		r.Notes = append(r.Notes, note.String())
	}
	return r, nil
}
