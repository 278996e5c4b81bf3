// Package cache keeps crashes on disk, so that they are fetched once and compared often.
//
// A cache is one bbolt file. It holds, by crash id and [Kind], blobs whose
// content this package does not look at (raw crashes, processed crashes, crash
// records); named corpora, which are fixed lists of crash ids; the accepted
// results of a corpus; and marks for documents that the service doesn't have.
//
// # Use
//
// [Open] a cache, write through a [Writer] (many goroutines may share one), read
// with [Cache.Get], [Cache.EachBlob], or [Cache.EachRecord], which is the fast path
// of every comparison. One process may write at a time and nobody may read meanwhile;
// any number of processes may read together.
//
// # The file
//
// Top-level buckets, and what their keys and values are:
//
//	meta        "format", "created", "totals"      small values of this package
//	            "pending"                          see [Cache.Pending]: corpora's names, a line each
//	            "dictionary/a/BLOCK"               texts of the dictionary, 1024 to a block
//	            "dictionary/b/BLOCK"               a copy
//	raw         crash key                          blob
//	processed   crash key                          blob
//	record      crash key                          blob
//	screen      crash key                          blob
//	missing     kind byte + crash key              empty blob; its time is the mark's
//	corpora     corpus name                        JSON: size, creation, provenance
//	corpus-ids  corpus name                        crash keys, 16 bytes each
//	accepted    corpus name                        blob
//
// A crash key is a crash id's 32 hexadecimal digits packed into 16 bytes, the
// date (the last six digits) in front, so that a day's crashes lie together.
//
// Every value, whatever its bucket, is sealed:
//
//	byte 0      layout (high four bits, 1) and codec (low four bits)
//	bytes 1-4   CRC-32C over bucket tag, key, byte 0 and everything from byte 5; little endian
//	bytes 5-8   when it was stored, seconds since 1970; little endian
//	uvarint     length of the content in bytes
//	rest        the content, compressed by the codec
//
// What many records share, such as frames, is kept once, in the dictionary. Its texts are numbered from 0 as they come;
// a block holds each text's length and the text. They are never changed or taken away, so that the symbols of deleted
// crashes stay until [Compact] writes a new file, with the texts of the records that are left.
//
// A record with such texts is encoded. It is kept as its [Sum] (8 bytes, little endian), how many texts it may refer to
// (4 bytes), the state of a dictionary with these (4 bytes), and the layout of [Encoded]. The state is a hash of all
// texts so far: where it is what it was, they are what they were. Where it is not, the sum of the content tells whether
// the record's own are. So a record with a wrong or missing text is a damaged one, never another.
//
// A file of another format is refused, and stays as it is.
//
// The checksum covers bucket and key, so a value that turns up in another
// place is noticed as well as one that changed.
package cache
