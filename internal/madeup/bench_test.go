package madeup

import "testing"

func BenchmarkDocument(b *testing.B) {
	for name, shape := range shapes {
		b.Run(name, func(b *testing.B) {
			g := NewGenerator(1, shape)
			total, i := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				total += len(g.Document(i))
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
