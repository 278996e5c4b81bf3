// Package browsertest drives a page in headless Chromium, for tests of pages.
package browsertest

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Chromium is a headless Chromium, driven over its DevTools pipe: messages are JSON, each ended by a zero byte. To start it
// takes seconds, so the pages of several tests are in one, a page at a time.
// No library drives it: what tests need of the protocol is a dozen commands.
type Chromium struct {
	process *os.Process
	to      *os.File
	from    *bufio.Reader
	last    int
}

// Browser is a page in Chromium, with nothing of what other pages keep.
type Browser struct {
	*Chromium
	t       testing.TB
	session string
	// What the page did, as events told: console messages and exceptions, and requests for addresses.
	Complaints, Requests []string
}

type devtoolsMessage struct {
	ID      int             `json:"id"`
	Session string          `json:"sessionId"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
	Result  json.RawMessage `json:"result"`
	Error   *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// Start starts Chromium until the test ends, or skips the test where there is none.
func Start(t testing.TB) *Chromium {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("skipped: no chromium here, so pages can't be looked at (apt-get install chromium)")
	}
	// A pipe rather than a port: tests of several packages run at once, and nobody else can reach it.
	read, theirWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	theirRead, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// Without a sandbox, which containers don't allow; the pages are our own. Without what asks servers in the background,
	// since tests look at every request.
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{theirRead, theirWrite} // descriptors 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Ours are the other ends: the pipe ends when Chromium does.
	_, _ = theirRead.Close(), theirWrite.Close()
	c := &Chromium{process: cmd.Process, to: write, from: bufio.NewReader(read)}
	t.Cleanup(func() {
		(&Browser{Chromium: c, t: t}).Call("Browser.close", nil, nil)
		_ = cmd.Wait()
		_, _ = read.Close(), write.Close()
	})
	return c
}

// Page opens an empty page for a test, which has ten minutes.
func (c *Chromium) Page(t testing.TB) *Browser {
	t.Helper()
	b := &Browser{Chromium: c, t: t}
	// A page that hangs would else hang the test until go test ends all of the package, without a word of which page.
	deadline := time.AfterFunc(10*time.Minute, func() { _ = c.process.Kill() }) // then the pipe ends
	var context struct {
		ID string `json:"browserContextId"`
	}
	// A context is what a private window is: no storage, cache or permission of a page before it.
	b.Call("Target.createBrowserContext", nil, &context)
	var target struct {
		TargetID string `json:"targetId"`
	}
	b.Call("Target.createTarget", map[string]any{"url": "about:blank", "browserContextId": context.ID}, &target)
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	b.Call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	t.Cleanup(func() {
		deadline.Stop()
		// The command is for the browser, and no longer for its page.
		b.session = ""
		b.Call("Target.disposeBrowserContext", map[string]any{"browserContextId": context.ID}, nil)
	})
	b.session = attached.SessionID
	// Chromium tells of what happens only from here on.
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.Call(domain+".enable", nil, nil)
	}
	return b
}

// Call sends a command and waits for its result.
func (b *Browser) Call(method string, params, result any) {
	b.t.Helper()
	b.last++
	message := map[string]any{"id": b.last, "method": method}
	if params != nil {
		message["params"] = params
	}
	if b.session != "" {
		message["sessionId"] = b.session
	}
	content, err := json.Marshal(message)
	if err == nil {
		_, err = b.to.Write(append(content, 0))
	}
	if err != nil {
		// No Fatal: this is called while tests clean up, too.
		b.t.Errorf("talking to chromium: %v", err)
		return
	}
	b.until(func(m devtoolsMessage) bool {
		if m.ID != b.last {
			return false
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatalf("%s: %v", method, err)
			}
		}
		return true
	})
}

// until reads messages until one is the one waited for.
func (b *Browser) until(found func(devtoolsMessage) bool) {
	b.t.Helper()
	for {
		content, err := b.from.ReadBytes(0)
		if err != nil {
			b.t.Errorf("listening to chromium: %v", err)
			return
		}
		var m devtoolsMessage
		if err := json.Unmarshal(content[:len(content)-1], &m); err != nil {
			b.t.Errorf("listening to chromium: %v", err)
			return
		}
		if m.Session != b.session {
			continue // of a page that is closed
		}
		// Also what comes while another answer is waited for: a complaint must not get lost between two commands.
		b.note(m)
		if found(m) {
			return
		}
	}
}

// note keeps what tests ask about later.
func (b *Browser) note(m devtoolsMessage) {
	switch m.Method {
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening":
		b.Complaints = append(b.Complaints, m.Method+" "+string(m.Params))
	case "Network.requestWillBeSent":
		var p struct {
			Request struct {
				URL string `json:"url"`
			} `json:"request"`
		}
		_ = json.Unmarshal(m.Params, &p)
		b.Requests = append(b.Requests, p.Request.URL)
	}
}

// Open opens an address and waits until it is loaded.
func (b *Browser) Open(url string) {
	b.t.Helper()
	b.Call("Page.navigate", map[string]any{"url": url}, nil)
	// Scripts of the page have run once by then.
	b.until(func(m devtoolsMessage) bool { return m.Method == "Page.loadEventFired" })
}

// Eval runs JavaScript in the page and stores its result, waiting for promises.
func (b *Browser) Eval(expression string, into any) {
	b.t.Helper()
	var result struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception json.RawMessage `json:"exceptionDetails"`
	}
	b.Call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &result)
	// A promise that fails is an exception, too.
	if result.Exception != nil {
		b.t.Fatalf("%s: %s", expression, result.Exception)
	}
	if err := json.Unmarshal(result.Result.Value, into); err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
}

// Media sets what the page is shown on.
func (b *Browser) Media(width, height int, scheme string) {
	b.Call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.Call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// Screenshot writes the visible part of the page into $SIGDIFF_SCREENSHOTS, if that is set.
func (b *Browser) Screenshot(name string) {
	dir := os.Getenv("SIGDIFF_SCREENSHOTS")
	if dir == "" {
		return
	}
	var shot struct {
		Data []byte `json:"data"`
	}
	b.Call("Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	if err := os.WriteFile(filepath.Join(dir, name+".png"), shot.Data, 0o644); err != nil {
		b.t.Error(err)
	}
}

// Press presses a key, with Alt if that is asked for, as a person does. code is that of the key's place.
// Scripts tell keys by code where the layout of the keyboard must not matter.
func (b *Browser) Press(key, code string, alt bool) {
	modifiers := 0
	if alt {
		modifiers = 1
	}
	event := map[string]any{"type": "keyDown", "key": key, "code": code, "modifiers": modifiers}
	switch {
	// Chromium takes the text of a key for what is typed, and its code for what the key does.
	case key == "Enter":
		event["text"], event["windowsVirtualKeyCode"] = "\r", 13
	case key == "Escape":
		event["windowsVirtualKeyCode"] = 27
	case len(key) == 1 && !alt:
		event["text"] = key
	}
	b.Call("Input.dispatchKeyEvent", event, nil)
	b.Call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "code": code, "modifiers": modifiers}, nil)
}

// Type types a text where the focus is.
func (b *Browser) Type(text string) {
	// Key by key, as listeners to keys must see it. Setting the value of a field would tell none of them.
	for _, r := range text {
		b.Call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": string(r), "text": string(r)}, nil)
		b.Call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": string(r)}, nil)
	}
}
