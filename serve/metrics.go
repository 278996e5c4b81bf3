package serve

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	exposed "github.com/VictoriaMetrics/metrics"
)

// metrics count what the server does.
type metrics struct{ set *exposed.Set }

// durations are the upper bounds of the histogram of durations, in seconds: 1 ms to 65 s.
var durations = exposed.ExponentialBuckets(0.001, 4, 9)

func newMetrics(lists *Lists) *metrics {
	// A set of its own: several servers in a process, as tests have them, don't count for each other.
	m := &metrics{exposed.NewSet()}
	m.set.RegisterMetricsWriter(lists.writeMetrics)
	return m
}

// instrument counts the requests for a path.
func (m *metrics) instrument(path string, h http.Handler) http.Handler {
	inFlight := m.set.GetOrCreateGauge("sigdiff_http_requests_in_flight", nil)
	duration := m.set.GetOrCreatePrometheusHistogramExt(metric("sigdiff_http_request_duration_seconds", "path", path), durations)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inFlight.Inc()
		defer inFlight.Dec()
		start, rec := time.Now(), &statusRecorder{ResponseWriter: w}
		h.ServeHTTP(rec, r)
		duration.UpdateDuration(start)
		// Paths are those of routes, never what was asked for, so that nobody can make series without end.
		code := fmt.Sprint(cmp.Or(rec.status, http.StatusOK))
		m.set.GetOrCreateCounter(metric("sigdiff_http_requests_total", "code", code, "path", path)).Inc()
	})
}

// statusRecorder keeps the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int // 0: none was written
}

func (w *statusRecorder) WriteHeader(status int) {
	w.status = cmp.Or(w.status, status)
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
// Without it, deadlines and flushes would not get to the connection.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (m *metrics) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		m.set.WritePrometheus(w)
		exposed.WriteProcessMetrics(w)
	})
}

// count counts the crashes of a request.
func (m *metrics) count(v *version, results []*result) {
	failed := 0
	for _, r := range results {
		if r.Error != "" {
			failed++
		}
	}
	m.set.GetOrCreateCounter(metric("sigdiff_crashes_total", "outcome", "failed", "siglists", v.spec)).Add(failed)
	m.set.GetOrCreateCounter(metric("sigdiff_crashes_total", "outcome", "made", "siglists", v.spec)).Add(len(results) - failed)
}

// writeMetrics writes which siglists are served now: they move.
func (l *Lists) writeMetrics(w io.Writer) {
	for i := range l.now {
		v := l.now[i].Load()
		exposed.WriteGaugeUint64(w, metric("sigdiff_siglists_info", "digest", v.digest, "revision", v.Revision, "siglists", v.spec), 1)
	}
	exposed.WriteCounterUint64(w, metric("sigdiff_siglists_reloads_total", "outcome", "failed"), uint64(l.failed.Load()))
	exposed.WriteCounterUint64(w, metric("sigdiff_siglists_reloads_total", "outcome", "loaded"), uint64(l.reloads.Load()))
}

// escapes are those of a label's value in Prometheus' text format.
var escapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// metric is a metric's name with its labels, names and values in turn.
func metric(name string, labels ...string) string {
	pairs := make([]string, 0, len(labels)/2)
	for i := 0; i < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+`="`+escapes.Replace(labels[i+1])+`"`)
	}
	return name + "{" + strings.Join(pairs, ",") + "}"
}
