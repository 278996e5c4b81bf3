package report

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// browser is a page in headless Chromium, driven over its DevTools pipe: messages are JSON, each ended by
// a zero byte.
type browser struct {
	t       *testing.T
	to      *os.File
	from    *bufio.Reader
	session string
	last    int
	// What the page did, as events told: console messages and exceptions, and requests for addresses.
	complaints, requests []string
}

type devtoolsMessage struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// startBrowser starts Chromium with an empty page, or skips the test where there is none.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("skipped: no chromium here, so the HTML report can't be looked at (apt-get install chromium)")
	}
	read, theirWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	theirRead, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.ExtraFiles = []*os.File{theirRead, theirWrite} // descriptors 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = theirRead.Close(), theirWrite.Close()
	b := &browser{t: t, to: write, from: bufio.NewReader(read)}
	deadline := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() }) // then the pipe ends
	t.Cleanup(func() {
		b.call("Browser.close", nil, nil)
		_ = cmd.Wait()
		deadline.Stop()
		_, _ = read.Close(), write.Close()
	})
	b.attach()
	return b
}

// attach opens a page and listens to it.
func (b *browser) attach() {
	var target struct {
		TargetID string `json:"targetId"`
	}
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct {
		SessionID string `json:"sessionId"`
	}
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil, nil)
	}
}

// call sends a command and waits for its result.
func (b *browser) call(method string, params, result any) {
	b.t.Helper()
	b.last++
	message := map[string]any{"id": b.last, "method": method}
	if params != nil {
		message["params"] = params
	}
	if b.session != "" && !strings.HasPrefix(method, "Browser.") {
		message["sessionId"] = b.session
	}
	content, err := json.Marshal(message)
	if err == nil {
		_, err = b.to.Write(append(content, 0))
	}
	if err != nil {
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
func (b *browser) until(found func(devtoolsMessage) bool) {
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
		b.note(m)
		if found(m) {
			return
		}
	}
}

// note keeps what tests ask about later.
func (b *browser) note(m devtoolsMessage) {
	switch m.Method {
	case "Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening":
		b.complaints = append(b.complaints, m.Method+" "+string(m.Params))
	case "Network.requestWillBeSent":
		var p struct {
			Request struct {
				URL string `json:"url"`
			} `json:"request"`
		}
		_ = json.Unmarshal(m.Params, &p)
		b.requests = append(b.requests, p.Request.URL)
	}
}

// open opens a file and waits until it is loaded.
func (b *browser) open(file string) {
	b.t.Helper()
	b.call("Page.navigate", map[string]any{"url": "file://" + file}, nil)
	b.until(func(m devtoolsMessage) bool { return m.Method == "Page.loadEventFired" })
}

// eval runs JavaScript in the page and stores its result, waiting for promises.
func (b *browser) eval(expression string, into any) {
	b.t.Helper()
	var result struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Exception json.RawMessage `json:"exceptionDetails"`
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "awaitPromise": true, "returnByValue": true}, &result)
	if result.Exception != nil {
		b.t.Fatalf("%s: %s", expression, result.Exception)
	}
	if err := json.Unmarshal(result.Result.Value, into); err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
}

// media sets what the page is shown on.
func (b *browser) media(width, height int, scheme string) {
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}, nil)
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// screenshot writes the visible part of the page into $SIGDIFF_SCREENSHOTS, if that is set.
func (b *browser) screenshot(name string) {
	dir := os.Getenv("SIGDIFF_SCREENSHOTS")
	if dir == "" {
		return
	}
	var shot struct {
		Data []byte `json:"data"`
	}
	b.call("Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	if err := os.WriteFile(filepath.Join(dir, name+".png"), shot.Data, 0o644); err != nil {
		b.t.Error(err)
	}
}

// writePage renders a report into a file.
func writePage(t *testing.T, r *Report, o Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(HTML(f, r, o), f.Close()); err != nil {
		t.Fatal(fmt.Errorf("writing the page: %w", err))
	}
	return path
}
