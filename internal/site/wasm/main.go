//go:build js && wasm

// Command wasm is the engine of a site, in a worker of the browser: page/worker.js starts it, and tells it what the page
// asks.
package main

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"syscall/js"
	"time"

	"github.com/sigdiff/sigdiff/internal/site"
)

func main() {
	worker := js.Global()
	array := worker.Get("crashes")
	crashes := make([]byte, array.Get("length").Int())
	js.CopyBytesToGo(crashes, array)
	worker.Delete("crashes")
	w, err := site.Open(context.Background(), bytes.NewReader(crashes))
	if err != nil {
		worker.Call("failed", err.Error())
		return
	}
	e := &engine{handler: site.Handler(w), worker: worker, cancels: map[int]context.CancelFunc{}}
	worker.Call("ready", js.FuncOf(e.ask), js.FuncOf(e.cancel))
	select {}
}

// engine answers requests. Go has one thread here.
type engine struct {
	handler http.Handler
	worker  js.Value
	cancels map[int]context.CancelFunc // of the requests that are worked on
}

// ask starts to answer a request: its number, method, path and body.
func (e *engine) ask(_ js.Value, args []js.Value) any {
	ctx, cancel := context.WithCancel(context.Background())
	a := &answer{id: args[0].Int(), worker: e.worker, header: http.Header{}}
	r, err := http.NewRequestWithContext(ctx, args[1].String(), args[2].String(), strings.NewReader(args[3].String()))
	if err != nil {
		e.worker.Call("failed", err.Error())
		cancel()
		return nil
	}
	e.cancels[a.id] = cancel
	go func() {
		e.handler.ServeHTTP(a, r)
		a.WriteHeader(http.StatusOK)
		e.worker.Call("end", a.id)
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

// answer is an http.ResponseWriter that tells the worker.
type answer struct {
	id     int
	worker js.Value
	header http.Header
	begun  bool
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if !a.begun {
		a.begun = true
		a.worker.Call("head", a.id, status, a.header.Get("Content-Type"))
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	part := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(part, b)
	a.worker.Call("part", a.id, part)
	return len(b), nil
}

// Flush lets the worker hear whether the page has given the request up.
func (a *answer) Flush() { time.Sleep(time.Millisecond) }
