package execside

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxAnswer is the size in bytes of the largest answer that is read.
	maxAnswer = 1 << 20
	// grace is how long a program may take to end when it is told that no more comes, and what it left behind to let
	// go of its output.
	grace = time.Second
	// maxSaid is how many bytes of stderr are kept, of all processes and of the end of one.
	maxSaid = 2048
)

// process is one run of the program.
type process struct {
	side    *Side
	cmd     *exec.Cmd
	in      io.WriteCloser
	pipe    io.Closer
	out     *bufio.Reader
	tail    tail // of stderr
	endOnce sync.Once
	ended   error // of Wait
}

// start runs the program. again tells that it is in place of a process that failed.
func (s *Side) start(again bool) (*process, error) {
	p := &process{side: s, cmd: exec.Command(s.program.Argv[0], s.program.Argv[1:]...)}
	p.cmd.Env = append(os.Environ(), s.program.Env...)
	p.cmd.Stderr = io.MultiWriter(&s.said, &p.tail)
	// What the program started may hold its output open after it has ended, for as long as it likes.
	p.cmd.WaitDelay = grace
	ownGroup(p.cmd)
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	// Nobody would end a process that starts after Close.
	if err := s.ctx.Err(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.in, p.pipe, p.out = in, out, bufio.NewReaderSize(out, 1<<16)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[p] = true
	if again {
		s.again++
	}
	return p, nil
}

// exchange sends a line and reads one, and gives up after a time, or when the command ends.
func (p *process) exchange(request []byte, limit time.Duration) ([]byte, error) {
	var late atomic.Bool
	timer := time.AfterFunc(limit, func() { late.Store(true); p.stop() })
	defer timer.Stop()
	defer context.AfterFunc(p.side.ctx, p.stop)()
	// An error of writing alone says little: a program that ended has the reason on its output, or on stderr.
	_, writeErr := p.in.Write(append(request, '\n'))
	answer, err := p.line() // also of a program that has read enough before the line's end
	switch {
	case p.side.ctx.Err() != nil:
		return nil, context.Cause(p.side.ctx)
	case late.Load():
		return nil, fmt.Errorf("no answer within %v", limit)
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case err != nil:
		return nil, errEnd
	case writeErr != nil:
		return nil, errors.New("the program didn't read the crash")
	}
	return answer, nil
}

// errEnd is returned where the output of the program ends before an answer does.
var errEnd = errors.New("the program ended before its answer did")

// line reads a line, without its end.
func (p *process) line() ([]byte, error) {
	var line []byte
	for {
		part, err := p.out.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxAnswer:
			return nil, fmt.Errorf("the answer has more than %d MB", maxAnswer>>20)
		case err == nil:
			return line[:len(line)-1], nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// stop ends the process, and whatever waits for it.
func (p *process) stop() {
	killGroup(p.cmd)
	_ = p.in.Close()
	_ = p.pipe.Close()
}

// kill ends the process and tells what it failed with; of one that ended by itself, how.
func (p *process) kill(err error) error {
	if !errors.Is(err, errEnd) {
		p.stop()
		_ = p.wait()
		return err
	}
	// Its output has ended; so may it have, or be about to.
	ended := p.leave()
	if ended != nil {
		err = fmt.Errorf("%w: %v", err, ended)
	}
	if said := p.tail.lastLine(); said != "" {
		err = fmt.Errorf("%w: %s", err, said)
	}
	return err
}

// leave waits for the end of a process that gets no more, and ends it after a time. An answer that comes now was not
// asked for.
func (p *process) leave() error {
	timer := time.AfterFunc(grace, p.stop)
	defer timer.Stop()
	_ = p.in.Close()
	rest, _ := io.ReadAll(io.LimitReader(p.out, maxAnswer))
	if bytes.HasPrefix(bytes.TrimSpace(rest), []byte("{")) {
		p.side.unasked()
	}
	return p.wait()
}

// wait waits for the end once, whoever asks first: Close and the signer may do so at the same time.
func (p *process) wait() error {
	p.endOnce.Do(func() {
		_ = p.in.Close()
		p.ended = p.cmd.Wait()
		p.side.mu.Lock()
		defer p.side.mu.Unlock()
		delete(p.side.running, p)
	})
	return p.ended
}

// head keeps the beginning of what is written to it, and counts the rest.
type head struct {
	mu   sync.Mutex
	kept []byte
	all  int64
}

// Write keeps what there is room for.
func (h *head) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept = append(h.kept, b[:min(len(b), maxSaid-len(h.kept))]...)
	h.all += int64(len(b))
	return len(b), nil
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

// Write keeps the last bytes.
func (t *tail) Write(b []byte) (int, error) {
	t.kept = append(t.kept, b[max(0, len(b)-maxSaid):]...)
	t.kept = append(t.kept[:0], t.kept[max(0, len(t.kept)-maxSaid):]...)
	return len(b), nil
}

// lastLine is the last line that says something. The process must have ended.
func (t *tail) lastLine() string {
	lines := strings.Split(strings.TrimSpace(string(t.kept)), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
