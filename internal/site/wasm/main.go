//go:build js && wasm

// Command wasm is the engine of a site, in a worker of the browser: page/worker.js starts it, and tells it what the page
// asks.
package main

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"syscall/js"
	"time"

	"github.com/sigdiff/sigdiff/internal/site/crashfile"
	"github.com/sigdiff/sigdiff/workbench"
)

func main() {
	worker := js.Global()
	array := worker.Get("crashes")
	crashes := make([]byte, array.Get("length").Int())
	js.CopyBytesToGo(crashes, array)
	// They are in Go's memory now, and need not be there twice.
	worker.Delete("crashes")
	w, err := crashfile.Open(context.Background(), bytes.NewReader(crashes))
	if err != nil {
		worker.Call("failed", err.Error())
		return
	}
	e := &engine{workbench: w, worker: worker, cancels: map[int]context.CancelFunc{}}
	worker.Call("ready", js.FuncOf(e.ask), js.FuncOf(e.cancel))
	// A Go program whose main returns is gone, with all that it was asked to keep.
	select {}
}

// engine answers requests. Go has one thread here.
type engine struct {
	workbench *workbench.Workbench
	worker    js.Value
	cancels   map[int]context.CancelFunc // of the requests that are worked on
}

// ask starts to answer a request: its number, method, path and body.
func (e *engine) ask(_ js.Value, args []js.Value) any {
	id := args[0].Int()
	address, err := url.ParseRequestURI(args[2].String())
	if err != nil {
		e.worker.Call("failed", err.Error())
		return nil
	}
	r := workbench.Request{Method: args[1].String(), Path: address.Path, RawQuery: address.RawQuery, Body: strings.NewReader(args[3].String())}
	ctx, cancel := context.WithCancel(context.Background())
	e.cancels[id] = cancel
	// JavaScript waits for ask. What takes long goes on when it has returned.
	go func() {
		e.workbench.Answer(ctx, r, answer{id, e.worker})
		e.worker.Call("end", id)
		e.cancel(js.Value{}, args[:1])
	}()
	return nil
}

// cancel gives a request up.
func (e *engine) cancel(_ js.Value, args []js.Value) any {
	id := args[0].Int()
	if cancel := e.cancels[id]; cancel != nil {
		cancel()
		delete(e.cancels, id)
	}
	return nil
}

// answer is a workbench.Answer that tells the worker.
type answer struct {
	id     int
	worker js.Value
}

func (a answer) Begin(status int, kind string) { a.worker.Call("head", a.id, status, kind) }

func (a answer) Write(b []byte) (int, error) {
	part := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(part, b)
	a.worker.Call("part", a.id, part)
	return len(b), nil
}

// Flush lets the worker hear whether the page has given the request up.
func (a answer) Flush() error {
	// Only while Go sleeps does the browser handle messages, such as the one that gives this request up.
	time.Sleep(time.Millisecond)
	return nil
}
