package crashstatstest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/sigdiff/sigdiff/crashid"
)

// A Crash is one that the service has.
type Crash struct {
	ID      string
	Date    time.Time      // when it was sent, to the microsecond
	Columns map[string]any // what Super Search knows of it, by field; uuid and date are taken from above, and processor_notes unless they are here
	// Document makes the processed crash or the raw one when it is asked for. A nil document, or a nil Document, is a 404.
	Document func(raw bool) []byte
}

// columnOf is where Super Search finds its columns in a processed crash, when the names differ.
var columnOf = map[string]string{
	"build_id": "build", "platform": "os_name", "platform_version": "os_version",
}

// NewCrash makes a crash of its documents; raw may be nil. The processed crash must have a uuid, and a
// date_processed unless the id tells the day well enough.
func NewCrash(processed, raw []byte) (Crash, error) {
	var doc map[string]any
	if err := json.Unmarshal(processed, &doc); err != nil {
		return Crash{}, fmt.Errorf("reading a processed crash: %w", err)
	}
	id, _ := doc["uuid"].(string)
	if !crashid.Valid(id) {
		return Crash{}, fmt.Errorf("reading a processed crash: %q is not a crash id", id)
	}
	c := Crash{ID: id, Columns: map[string]any{}}
	// As they were given, byte by byte: tests compare what a client stores with them.
	c.Document = func(isRaw bool) []byte {
		if isRaw {
			return raw
		}
		return processed
	}
	for name := range fields {
		member := name
		if other, ok := columnOf[name]; ok {
			member = other
		}
		if v, ok := doc[member]; ok {
			c.Columns[name] = v
		}
	}
	// A raw id always tells the day, so that a crash without a date can be searched for, too.
	date, _ := doc["date_processed"].(string)
	var err error
	if c.Date, err = parseTime(date); err != nil {
		c.Date, err = time.Parse("060102", id[30:])
	}
	return c, err
}

// column is what Super Search knows of a field; nil for nothing.
func (c *Crash) column(name string) any {
	v := fields[name].kept(c.Columns[name])
	// The service has these of every crash, whatever its documents say.
	switch {
	case name == "uuid":
		return c.ID
	case name == "date":
		return formatTime(c.Date)
	case name == "processor_notes" && v == nil:
		return ">>> Start processing: " + c.Date.Add(time.Minute).Format("2006-01-02 15:04:05.000000-07:00") + " (processor-1)\nSignatureGenerationRule: CSignatureTool: No signature could be created"
	}
	return v
}
