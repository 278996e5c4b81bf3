// Package corpora holds fixed collections of crashes in a cache: importing documents, choosing, exporting and
// importing collections, what was accepted for them and what is expected of them.
package corpora
