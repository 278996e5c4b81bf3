package serve

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sigdiff/sigdiff/engine/crashdata"
	"github.com/sigdiff/sigdiff/internal/madeup"
)

// BenchmarkCrashSignature is a request with the crash data of 1,000 crashes with as many threads as real ones.
func BenchmarkCrashSignature(b *testing.B) {
	var body bytes.Buffer
	body.WriteString(`{"jobs":[`)
	n := 0
	for _, doc := range madeup.Generate(1, 1000, madeup.Shape{Large: true}) {
		data, err := crashdata.CrashData(doc)
		if err != nil {
			b.Fatal(err)
		}
		if n++; n > 1 {
			body.WriteByte(',')
		}
		body.Write(data)
	}
	body.WriteString("]}")
	s := newTestServer(b, func(c *Config) { c.Limits.Body = 1 << 30 })
	b.SetBytes(int64(body.Len()))
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/api/CrashSignature/", bytes.NewReader(body.Bytes()))
		r.Host = "127.0.0.1:8073"
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatal(w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "crashes/s")
}
