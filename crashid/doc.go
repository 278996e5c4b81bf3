// Package crashid says what a crash id is, and finds it in what people paste.
package crashid
