package serve

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// running is a server at a port.
type running struct {
	*Server
	address string
	end     context.CancelFunc
	ended   chan error // what Serve returned, and its end
}

// start starts a server that the end of the test ends.
func start(t *testing.T, change func(*Config)) *running {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	r := &running{Server: newTestServer(t, change), address: l.Addr().String(), end: end, ended: make(chan error, 1)}
	go func() {
		r.ended <- r.Serve(ctx, l)
		close(r.ended)
	}()
	t.Cleanup(func() {
		end()
		for range r.ended { // a test may have taken what is sent
		}
	})
	return r
}

// connect opens a connection, to be a client that no library would be.
func (r *running) connect(t *testing.T) *net.TCPConn {
	t.Helper()
	c, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c.(*net.TCPConn)
}

// write writes a part of a request.
func write(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// head is the head of a POST, with what tells the length of its body.
func (r *running) head(length string) string {
	return "POST /api/CrashSignature/ HTTP/1.1\r\nHost: " + r.address + "\r\nContent-Type: application/json\r\n" + length + "\r\n\r\n"
}

// answer reads an answer, and waits until the server closes the connection.
func answer(t *testing.T, c net.Conn) string {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !resp.Close {
		t.Error("the connection stays open")
	}
	_, _ = io.Copy(io.Discard, c)
	return fmt.Sprint(resp.StatusCode, " ", string(body))
}

// until waits for something that the server does in the end.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-t.Context().Done():
			t.Fatal("the test ended before ", what)
		case <-time.After(time.Millisecond):
		}
	}
}

// TestSlowHeader: who doesn't end its header is let go, and others are answered meanwhile.
func TestSlowHeader(t *testing.T) {
	r := start(t, func(c *Config) { c.Limits.Header = 50 * time.Millisecond })
	for _, begin := range []string{"", "P", "POST /api/CrashSignature/ HTTP/1.1\r\nHost: x\r\nX: "} {
		c := r.connect(t)
		write(t, c, begin)
		if _, err := io.ReadAll(c); err != nil {
			t.Errorf("%q: %v", begin, err)
		}
	}
}

// TestServerOptions: what is asked of the server as a whole, and not at a path, is checked as well.
func TestServerOptions(t *testing.T) {
	c := start(t, nil).connect(t)
	write(t, c, "OPTIONS * HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
	if got := answer(t, c); !strings.HasPrefix(got, "403 ") {
		t.Error(got)
	}
}

// TestSlowBody: who doesn't send its body is told so, and let go.
func TestSlowBody(t *testing.T) {
	r := start(t, func(c *Config) { c.Limits.Time = 2 * time.Second }) // to be told, too
	connections := map[string]net.Conn{}
	for _, begin := range []string{"", `{"jobs":[`, `{"jobs":[{},`} {
		connections[begin] = r.connect(t)
		write(t, connections[begin], r.head("Content-Length: 100")+begin)
	}
	for begin, c := range connections {
		if got := answer(t, c); !strings.HasPrefix(got, "408 ") && !strings.HasPrefix(got, "503 ") {
			t.Errorf("%q: %s", begin, got)
		}
	}
	until(t, "the requests were over", func() bool { return len(r.requests) == 0 })
}

// TestEndless: who sends without end is told so, and let go, whatever it repeats.
func TestEndless(t *testing.T) {
	r := start(t, func(c *Config) { c.Limits.Body, c.Limits.Crash, c.Limits.Jobs = 1<<20, 1<<16, 100 })
	for name, test := range map[string]struct{ begin, again, want string }{
		"header":  {"POST /api/CrashSignature/ HTTP/1.1\r\nHost: x\r\n", "X: " + strings.Repeat("x", 1000) + "\r\n", "431 "},
		"members": {r.head("Transfer-Encoding: chunked"), "6\r\n" + `"x":1,` + "\r\n", "400 "},
		"object":  {r.head("Transfer-Encoding: chunked") + "1\r\n{\r\n", "6\r\n" + `"x":1,` + "\r\n", "413 "},
		"text":    {r.head("Transfer-Encoding: chunked") + "a\r\n" + `{"jobs":["` + "\r\n", "4\r\nxxxx\r\n", "413 "},
		"depth":   {r.head("Transfer-Encoding: chunked") + "9\r\n" + `{"jobs":[` + "\r\n", "4\r\n[[[[\r\n", "400 "},
		"space":   {r.head("Transfer-Encoding: chunked") + "9\r\n" + `{"jobs":[` + "\r\n", "4\r\n    \r\n", "413 "},
		"jobs":    {r.head("Transfer-Encoding: chunked") + "9\r\n" + `{"jobs":[` + "\r\n", "3\r\n" + `{},` + "\r\n", "413 "},
		"behind":  {r.head("Transfer-Encoding: chunked") + "d\r\n" + `{"jobs":[{}]}` + "\r\n", "4\r\n    \r\n", "413 "},
	} {
		c := r.connect(t)
		write(t, c, test.begin)
		go func() {
			for {
				if _, err := io.WriteString(c, strings.Repeat(test.again, 100)); err != nil {
					return
				}
			}
		}()
		if resp, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil {
			t.Errorf("%s: %v", name, err)
		} else {
			if resp.Body.Close(); !strings.HasPrefix(resp.Status, test.want) {
				t.Errorf("%s: %s, want %s", name, resp.Status, test.want)
			}
		}
		_ = c.Close()
	}
	until(t, "the requests were over", func() bool { return len(r.requests) == 0 })
}

// TestGone: nothing more is made for a client that is gone.
func TestGone(t *testing.T) {
	r := start(t, nil)
	for range cap(r.slots) {
		r.slots <- struct{}{}
	}
	c := r.connect(t)
	body := `{"jobs":[{}]}`
	write(t, c, r.head(fmt.Sprint("Content-Length: ", len(body)))+body)
	until(t, "the request came", func() bool { return len(r.requests) == 1 })
	_ = c.Close()
	until(t, "the request was given up", func() bool { return len(r.requests) == 0 })
}

// TestHalfClosed: who sends no more before the answer is there is told so, and not that the request took too long.
func TestHalfClosed(t *testing.T) {
	r := start(t, nil)
	for range cap(r.slots) { // nothing is answered before the connection is seen to be closed
		r.slots <- struct{}{}
	}
	for length, want := range map[int]string{13: `400 {"error":"the connection was closed before the answer was there"}`, 14: "400 "} {
		c := r.connect(t)
		write(t, c, r.head(fmt.Sprint("Connection: close\r\nContent-Length: ", length))+`{"jobs":[{}]}`)
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if got := answer(t, c); !strings.HasPrefix(got, want) {
			t.Errorf("%d bytes of 13: %s", length, got)
		}
	}
}

// TestNoReader: who doesn't read its answer is let go.
func TestNoReader(t *testing.T) {
	frames := strings.Repeat(`{"function":"`+strings.Repeat("x", 5000)+`"},`, 39) + `{}`
	body := `{"jobs":[` + strings.Repeat(`{"threads":[{"frames":[`+frames+`]}]},`, 40) + `{}]}`
	r := start(t, func(c *Config) { c.Limits.Time = time.Second })
	c := r.connect(t)
	if err := c.SetReadBuffer(4096); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c, r.head(fmt.Sprint("Content-Length: ", len(body)))+body) // fails if the server is slow, and cuts this off
	until(t, "the client was let go", func() bool {
		metrics := send(r, http.MethodGet, "/metrics", "", nil).Body.String()
		return strings.Contains(metrics, `path="/api/CrashSignature/"} 1`+"\n") && len(r.requests) == 0
	})
}

// TestShutdown: at the end nobody new is let in, and what is under way is answered.
func TestShutdown(t *testing.T) {
	r := start(t, nil)
	for range cap(r.slots) {
		r.slots <- struct{}{}
	}
	c := r.connect(t)
	body := `{"jobs":[` + fooBar + `]}`
	write(t, c, r.head(fmt.Sprint("Content-Length: ", len(body)))+body)
	until(t, "the request came", func() bool { return len(r.requests) == 1 })
	r.end()
	until(t, "the port was closed", func() bool {
		late, err := new(net.Dialer).DialContext(t.Context(), "tcp", r.address)
		if err == nil {
			_ = late.Close()
		}
		return err != nil
	})
	select {
	case err := <-r.ended:
		t.Errorf("it ended before the request: %v", err)
	default:
	}
	for range cap(r.slots) {
		<-r.slots
	}
	if got := strings.TrimSpace(answer(t, c)); got != "200 "+results(fooResult) {
		t.Error(got)
	}
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}

// TestShutdownCuts: what doesn't end in its time is cut off, and that is said.
func TestShutdownCuts(t *testing.T) {
	r := start(t, func(c *Config) { c.Limits.Header, c.Limits.Time = time.Hour, 50*time.Millisecond })
	c := r.connect(t)
	write(t, c, "POST ") // a header that never ends
	later := r.connect(t)
	write(t, later, "GET /healthz HTTP/1.1\r\nHost: "+r.address+"\r\nConnection: close\r\n\r\n")
	if got := answer(t, later); !strings.HasPrefix(got, "200 ") { // so that the first is known, too
		t.Error(got)
	}
	r.end()
	if err := <-r.ended; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("it ended with %v", err)
	}
	_, _ = io.Copy(io.Discard, c) // ends
}
