package serve

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics count what the server does.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	crashes  *prometheus.CounterVec
}

func newMetrics(lists *Lists) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "sigdiff_http_requests_total", Help: "Requests that were answered."}, []string{"path", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sigdiff_http_request_duration_seconds", Help: "How long requests took.", Buckets: prometheus.ExponentialBuckets(0.001, 4, 9),
		}, []string{"path"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "sigdiff_http_requests_in_flight", Help: "Requests that are under way."}),
		crashes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sigdiff_crashes_total", Help: "Crashes that were worked on; made: there is a signature, failed: there is none.",
		}, []string{"siglists", "outcome"}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, m.crashes, listsCollector{lists},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// instrument counts the requests for a path.
func (m *metrics) instrument(path string, h http.Handler) http.Handler {
	label := prometheus.Labels{"path": path}
	h = promhttp.InstrumentHandlerCounter(m.requests.MustCurryWith(label), h)
	return promhttp.InstrumentHandlerInFlight(m.inFlight, promhttp.InstrumentHandlerDuration(m.duration.MustCurryWith(label), h))
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// count counts the crashes of a request.
func (m *metrics) count(v *version, results []*result) {
	failed := 0
	for _, r := range results {
		if r.Error != "" {
			failed++
		}
	}
	m.crashes.WithLabelValues(v.spec, "failed").Add(float64(failed))
	m.crashes.WithLabelValues(v.spec, "made").Add(float64(len(results) - failed))
}

// listsCollector tells which siglists are served when it is asked.
type listsCollector struct{ *Lists }

// Describe describes nothing: the siglists move.
func (listsCollector) Describe(chan<- *prometheus.Desc) {}

// Collect gives the metrics of the siglists.
func (l listsCollector) Collect(to chan<- prometheus.Metric) {
	info := prometheus.NewDesc("sigdiff_siglists_info", "The siglists that are served.", []string{"siglists", "revision", "digest"}, nil)
	for i := range l.now {
		v := l.now[i].Load()
		to <- prometheus.MustNewConstMetric(info, prometheus.GaugeValue, 1, v.spec, v.Revision, v.digest)
	}
	reloads := prometheus.NewDesc("sigdiff_siglists_reloads_total", "Reloads that brought other siglists, and that failed.", []string{"outcome"}, nil)
	to <- prometheus.MustNewConstMetric(reloads, prometheus.CounterValue, float64(l.reloads.Load()), "loaded")
	to <- prometheus.MustNewConstMetric(reloads, prometheus.CounterValue, float64(l.failed.Load()), "failed")
}
