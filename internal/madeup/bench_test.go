package madeup

import "testing"

func BenchmarkAppendCrash(b *testing.B) {
	for name, shape := range shapes {
		b.Run(name, func(b *testing.B) {
			g := NewGenerator(1, shape)
			var doc []byte
			total, i := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				doc = g.AppendCrash(doc[:0], i)
				total += len(doc)
				i++
			}
			b.SetBytes(int64(total / i))
		})
	}
}

func BenchmarkNewGenerator(b *testing.B) {
	for b.Loop() {
		NewGenerator(1, Shape{})
	}
}

func BenchmarkGenerateSiglists(b *testing.B) {
	for b.Loop() {
		GenerateSiglists(1, 571)
	}
}
