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
// with [Cache.Get], [Cache.EachBlob], or [Cache.EachBlock], which is the fast path
// of every comparison; [Cache.Arrange] makes the blocks. One process may write at a time and nobody may read meanwhile;
// any number of processes may read together.
//
// # The file
//
// Top-level buckets, and what their keys and values are:
//
//	meta        "format", "totals"                 small values of this package
//	            "pending"                          see [Cache.Pending]: corpora's names, a line each
//	raw         crash key                          blob
//	processed   crash key                          blob
//	record      crash key                          blob
//	screen      crash key                          blob
//	blocks      first key + last key + numbers     records put together, see [Block]
//	missing     kind byte + crash key              empty blob; its time is the mark's
//	corpora     corpus name                        JSON: size, creation, provenance
//	corpus-ids  corpus name                        crash keys, 16 bytes each
//	accepted    corpus name                        blob
//
// A crash key is a [crashid.Key]: a day's crashes lie together.
//
// Every value, whatever its bucket, is sealed:
//
//	byte 0      layout (high four bits, 1) and codec (low four bits)
//	bytes 1-4   CRC-32C over bucket tag, key, byte 0 and everything from byte 5; little endian
//	bytes 5-8   when it was stored, seconds since 1970; little endian
//	uvarint     length of the content in bytes
//	rest        the content, compressed by the codec
//
// A block's key is that of its first crash, that of its last, how many it has, and the number of its part; the
// numbers have 4 bytes, big endian. Part 0 is what its crashes share. The others begin with how many crashes
// they have (a uvarint) and, for each, its key and the [Sum] of its record (8 bytes, little endian). A block is
// all of the records from its first to its last crash. A change of one of them, or another between them,
// deletes the block in the same transaction.
//
// A file of another format is refused, and stays as it is.
//
// The checksum covers bucket and key, so a value that turns up in another
// place is noticed as well as one that changed.
package cache
