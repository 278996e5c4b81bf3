package fetch

import (
	"errors"
	"fmt"

	"github.com/sigdiff/sigdiff/internal/plural"
)

var (
	// ErrMissing is returned for a crash that the service doesn't have (404).
	ErrMissing = errors.New("the service has no such crash")

	// ErrInsecure is wrapped by the error for a token that would travel unencrypted to another machine.
	ErrInsecure = errors.New("refusing to send the API token")

	// ErrThrottled is wrapped by the error that ends a run when the service answers 429 again and again, each time after the pause it asks for.
	ErrThrottled = errors.New("the service refuses every request as one too many")

	// errAnswer is wrapped by the errors for answers that are not what was asked for and that may be right the next time.
	errAnswer = errors.New("unusable answer")
)

// A ForbiddenError is returned when the service refuses what was asked for (401, 403), most often because of the token. After it the client
// asks for nothing more; every call returns this error.
type ForbiddenError struct {
	Status int
	Words  string // what the service said
	Token  bool   // whether a token was sent
}

func (e *ForbiddenError) Error() string {
	hint := ""
	if e.Token {
		hint = " (is the API token still good? without one, requests are slower but need no permission)"
	}
	return fmt.Sprintf("the service refused the request: %d: %s%s", e.Status, e.Words, hint)
}

// A RequestError is returned when the service says that the request itself is wrong (400 and its like), so that sending it again is of no use.
type RequestError struct {
	Status int
	Words  string // what the service said
}

func (e *RequestError) Error() string {
	return fmt.Sprintf("the service says that the request is wrong: %d: %s", e.Status, e.Words)
}

// A RedirectError is returned when the service sends the client to another origin, or in circles. It is not followed, so that nobody else sees the token,
// and the client asks for nothing more.
type RedirectError struct {
	From, To string // origins, or the addresses without parameters
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("%s redirects to %s, which is not followed; if that is the right service, give it as the host", e.From, e.To)
}

// A ServiceError is one failed attempt at a request that may succeed later: a 5xx answer, a page in place of JSON, a document cut short, a closed connection.
type ServiceError struct {
	Status int   // 0 when there was no answer
	Err    error // what was wrong
}

func (e *ServiceError) Error() string {
	if e.Status == 0 {
		return e.Err.Error()
	}
	return fmt.Sprintf("%d: %v", e.Status, e.Err)
}

func (e *ServiceError) Unwrap() error { return e.Err }

// A DownError ends a run when the service has answered nothing but errors for a while.
type DownError struct {
	Origin   string
	Failures int   // attempts that failed in a row
	Last     error // what the last of them said
}

func (e *DownError) Error() string {
	return fmt.Sprintf("%s answers with nothing but errors (%d in a row); the last: %v", e.Origin, e.Failures, e.Last)
}

func (e *DownError) Unwrap() error { return e.Last }

// An InterruptedError is returned by [Client.Pull] when its context ended before all was done. Everything that had arrived is in the store, so the same
// run started again goes on where this one stopped.
type InterruptedError struct {
	Left  int   // crashes not yet settled
	Cause error // of the context
}

func (e *InterruptedError) Error() string {
	return fmt.Sprintf("interrupted with %s left (%v)", plural.Crashes(e.Left), e.Cause)
}

func (e *InterruptedError) Unwrap() error { return e.Cause }

// A StoreError is returned when the store failed; what it could not take is lost, and nothing more is asked for.
type StoreError struct {
	Err error
}

func (e *StoreError) Error() string { return "storing crashes: " + e.Err.Error() }

func (e *StoreError) Unwrap() error { return e.Err }

// Fatal is err when it concerns every crash and not just the one, so that asking for others is of no use.
func Fatal(err error) error {
	var forbidden *ForbiddenError
	var redirect *RedirectError
	var down *DownError
	if errors.As(err, &forbidden) || errors.As(err, &redirect) || errors.As(err, &down) || errors.Is(err, ErrThrottled) {
		return err
	}
	return nil
}
