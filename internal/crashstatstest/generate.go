package crashstatstest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// A Corpus says what crashes to make up. The same values make the same crashes.
type Corpus struct {
	N    int
	Seed uint64
	// From and To are the window that the crashes are spread over; zero: the week before yesterday's midnight.
	From, To time.Time
	// Size is about how many bytes a processed crash has; 0: 2,000.
	Size int
	// MissingEvery makes the documents of every so manieth crash a 404; 0: of none.
	MissingEvery int
}

var (
	products   = []string{"Firefox", "Firefox", "Firefox", "Fenix", "Thunderbird"}
	platforms  = []string{"Windows", "Windows", "Mac OS X", "Linux", "Android"}
	channels   = []string{"release", "release", "beta", "nightly"}
	signatures = []string{
		"shutdownhang | __psynch_cvwait | mozilla::SpinEventLoopUntil", "shutdownhang | NtWaitForAlertByThreadId | mozilla::SpinEventLoopUntil",
		"OOM | small", "mozilla::dom::Promise::Settle", "IPCError-browser | ShutDownKill", "EMPTY: no frame data available; MinidumpMemoryListTooBig",
		"js::gc::GCRuntime::collect", "AsyncShutdownTimeout | profile-before-change | places", "core::option::expect_failed | style::thread_state", "nsTArray_Impl<T>::ElementAt",
	}
)

// Generate makes up crashes. Their documents are made when they are asked for, so that many fit into memory.
func Generate(c Corpus) []Crash {
	// Up to yesterday: today's crashes would depend on the hour in which a test runs.
	if c.To.IsZero() {
		c.To = time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -1)
	}
	if c.From.IsZero() {
		c.From = c.To.AddDate(0, 0, -7)
	}
	if c.Size == 0 {
		c.Size = 2000
	}
	// All that is random comes from here, in one order, so that a seed means the same crashes everywhere.
	rng := rand.New(rand.NewPCG(c.Seed, 1))
	thread := makeThread(c.Size) // the same in all documents: making them is not what is tested
	out := make([]Crash, 0, c.N)
	for i := range c.N {
		out = append(out, c.crash(rng, i, thread))
	}
	return out
}

func (c Corpus) crash(rng *rand.Rand, i int, thread string) Crash {
	date := c.date(rng, i)
	// The crash's number is part of the id, so that no two are equal, and its end is the date, as in real ones.
	id := fmt.Sprintf("%08x-%04x-%04x-%04x-%06x%s", rng.Uint32(), rng.IntN(1<<16), rng.IntN(1<<16), i>>16, i&0xffff, date.Format("060102"))
	columns := map[string]any{
		"signature": signatures[rng.IntN(len(signatures))], "product": products[rng.IntN(len(products))], "platform": platforms[rng.IntN(len(platforms))],
		"release_channel": channels[rng.IntN(len(channels))], "version": fmt.Sprintf("%d.0.%d", 140+rng.IntN(6), rng.IntN(4)), "build_id": "20261101094712", "process_type": "parent",
	}
	out := Crash{ID: id, Date: date, Columns: columns}
	if c.MissingEvery == 0 || i%c.MissingEvery != c.MissingEvery/2 {
		out.Document = func(raw bool) []byte { return document(raw, id, date, columns, thread) }
	}
	return out
}

// date spreads the crashes, half of them over one hour in the middle of the window; a few have the very date of
// the one before it, give or take a microsecond.
func (c Corpus) date(rng *rand.Rand, i int) time.Time {
	from, length := c.From, c.To.Sub(c.From)
	// Such an hour has more crashes than one search may list, and others have few: clients must walk along the
	// dates.
	if i%1000 < 500 {
		from, length = from.Add(length/2).Truncate(time.Hour), min(length/2, time.Hour)
	}
	offset := time.Duration(rng.Int64N(int64(length)))
	// Crashes of one moment are where walking along the dates is hard.
	if rng.IntN(20) == 0 {
		offset = offset.Truncate(time.Minute) + time.Duration(rng.IntN(2))*time.Microsecond
	}
	return from.Add(offset).Truncate(time.Microsecond)
}

func document(raw bool, id string, date time.Time, columns map[string]any, thread string) []byte {
	// Written by hand, member by member: encoding thousands of maps would take most of a test's time.
	if raw {
		return fmt.Appendf(nil, `{"uuid":%q,"ProductName":%q,"Version":%q,"BuildID":%q,"submitted_timestamp":%q}`,
			id, columns["product"], columns["version"], columns["build_id"], formatTime(date))
	}
	return fmt.Appendf(nil, `{"uuid":%q,"date_processed":%q,"signature":%q,"product":%q,"version":%q,"build":%q,"release_channel":%q,"os_name":%q,"process_type":%q,`+
		`"json_dump":{"crash_info":{"crashing_thread":0,"type":"EXC_BAD_ACCESS"},"system_info":{"os":%q},"threads":[%s]}}`,
		id, formatTime(date), columns["signature"], columns["product"], columns["version"], columns["build_id"], columns["release_channel"], columns["platform"], columns["process_type"],
		columns["platform"], thread)
}

// makeThread makes a thread of about a size in bytes. Its frames differ in numbers that don't pack well, so that documents need
// room on a disk.
func makeThread(size int) string {
	rng := rand.New(rand.NewPCG(1, 1))
	var frames []string
	// 600 bytes are about what the rest of the document has.
	for n := 0; n == 0 || n < size-600; n += len(frames[len(frames)-1]) {
		frames = append(frames, fmt.Sprintf(`{"function":"mozilla::SpinEventLoopUntil<T>(nsTSubstring<char> const&)","file":"hg:hg.mozilla.org/mozilla-central:xpcom/threads/nsThread.cpp:%012x","line":%d,"module":"XUL","offset":"0x%016x"}`,
			rng.Uint64()>>16, rng.IntN(2000), rng.Uint64()))
	}
	return `{"frames":[` + strings.Join(frames, ",") + "]}"
}
