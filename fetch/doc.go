// Package fetch brings crashes from a Crash Stats service.
//
// The way of a crash through the package:
//
//	Query ──Client.List──► crash ids ──Survey──► Work ──Client.Pull──► Crash
//
// A [Query] is read from a pasted Super Search address ([ParseURL]) or made from [Filters]; its [Window] is
// frozen when it is made, so that the same query means the same crashes however long the listing takes.
// [Client.Count] asks how many there are, [Client.List] lists them all, past the service's ceiling of 10,000
// too. [Survey] leaves out what is there already, [Client.Plan] says what the rest will cost, and
// [Client.Pull] pulls it.
//
// Every request of a [Client], whatever it asks for, goes through one pace (a token bucket under the service's
// limit, and one pause for all when the service says 429) and one way of trying again. What the service answers
// is checked before it is handed on: whole, JSON, and the crash that was asked for, with every member that is
// not known to be public left out ([Strip]).
//
// net/http writes what a service sends unasked to the standard logger, past all that hides the token. There is
// no way to stop that here: a program that uses this package should give the standard logger an output that
// nobody sees, as sigdiff does.
//
// All methods of Client are safe for use by several goroutines at once.
package fetch
