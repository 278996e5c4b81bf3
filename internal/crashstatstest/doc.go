// Package crashstatstest is a Crash Stats service to test clients against, in process, as net/http/httptest is
// for servers in general.
//
//	srv := crashstatstest.New(crashstatstest.Generate(crashstatstest.Corpus{N: 1000}), crashstatstest.Options{})
//	defer srv.Close()
//	... a client of srv.URL() ...
//
// It keeps the rules of the real one that a client can trip over: pages of at most 1,000, the ceiling of
// 10,000, operators of texts and default dates of Super Search, bounds of whole seconds, an index for each week of which
// the last may not be searched, no order unless one is asked for, parameters
// that are ignored because they are unknown, answers to searches that are kept for five minutes, values as the search engine keeps
// them, addresses of 4 KB, one counter of requests for all endpoints in fixed windows of 60
// seconds, and the errors in their real forms. Trouble comes on demand: see [Fault]. What was asked is in
// [Server.Requests].
//
// With [InMemory] nothing touches the network, so that a test within a testing/synctest bubble runs through
// minutes of pauses in no time.
package crashstatstest
