package crashstatstest

import (
	"sync"
	"time"
)

// window is how long requests are counted together.
const window = 60 * time.Second

// counters count requests by who sent them, in fixed windows of the clock.
type counters struct {
	mu    sync.Mutex
	start map[string]time.Time
	count map[string]int
}

// allow counts one request; refused ones don't count.
func (c *counters) allow(who string, limit int, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.start == nil {
		c.start, c.count = map[string]time.Time{}, map[string]int{}
	}
	if begin := now.Truncate(window); !c.start[who].Equal(begin) {
		c.start[who], c.count[who] = begin, 0
	}
	if limit > 0 && c.count[who] >= limit {
		return false
	}
	c.count[who]++
	return true
}
