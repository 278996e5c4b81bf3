package crashstatstest

import (
	"context"
	"net"
	"sync"
)

// A pipeListener accepts connections from within the process, made of channels: time can be faked around it.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	close func()
}

func newPipeListener() *pipeListener {
	done := make(chan struct{})
	return &pipeListener{make(chan net.Conn), done, sync.OnceFunc(func() { close(done) })}
}

func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	// A goroutine that waits for a pipe counts as blocked in a synctest bubble. One that waits for a socket
	// does not, and time would stand still.
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.close()
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }
