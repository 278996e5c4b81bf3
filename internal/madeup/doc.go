// Package madeup makes crashes and siglists that look like real ones.
//
// [Demo] is a small corpus that ships with the program: about 300 made-up
// crashes and two siglists whose differences are the mistakes that reviewers
// meet most. [Generate] makes any number of made-up crashes with statistics like
// those of real ones, and [GenerateSiglists] lists in the style of the real ones,
// for tests and benchmarks. No real crash is copied in either.
package madeup
