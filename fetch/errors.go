package fetch

import (
	"errors"
	"fmt"
)

var (
	// errMissing is wrapped by the error for a crash that the service doesn't have (404).
	errMissing = errors.New("the service has no such crash")

	// errSlow is why an attempt ended that took too long.
	errSlow = fmt.Errorf("no answer within %v", attemptTime)

	// errAnswer is wrapped by the errors for answers that are not what was asked for and that may be right the next time.
	errAnswer = errors.New("unusable answer")
)

// A FatalError concerns every crash and not just the one, so that asking for others is of no use: the service
// refuses what was asked for (401, 403), most often because of the token; it sends the client to another
// origin, or in circles, which is not followed, so that nobody else sees the token; it answers with nothing but
// errors; or it lets no request through, however long the client waits.
type FatalError struct {
	Err error
}

func (e *FatalError) Error() string { return e.Err.Error() }

func (e *FatalError) Unwrap() error { return e.Err }

func fatalf(format string, args ...any) error { return &FatalError{fmt.Errorf(format, args...)} }

// A RequestError is returned when the service says that the request itself is wrong (400 and its like), so that
// sending it again is of no use.
type RequestError struct {
	Status int
	Words  string // what the service said
}

func (e *RequestError) Error() string {
	return fmt.Sprintf("the service says that the request is wrong: %d: %s", e.Status, e.Words)
}

// A ServiceError is one failed attempt at a request that may succeed later: a 5xx answer, a page in place of
// JSON, a document cut short, a closed connection.
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

// A StoreError is returned when what was pulled can't be kept; it is lost, and nothing more is asked for.
type StoreError struct {
	Err error
}

func (e *StoreError) Error() string { return "storing crashes: " + e.Err.Error() }

func (e *StoreError) Unwrap() error { return e.Err }

// Fatal is err when it is a [FatalError].
func Fatal(err error) error {
	if _, ok := errors.AsType[*FatalError](err); ok {
		return err
	}
	return nil
}
