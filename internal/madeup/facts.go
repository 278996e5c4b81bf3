package madeup

import (
	"strings"
	"time"
)

// Facts is what a search knows of a generated crash, as its processed crash has it.
type Facts struct {
	ID, Signature                              string
	Product, Version, Channel, Build, Platform string
	Process, Reason                            string
	Processed                                  time.Time
}

// Facts returns those of crash number i, without making its document.
func (g *Generator) Facts(i int) Facts {
	c := g.plan(i)
	b := c.build
	return Facts{
		ID: c.id(), Signature: c.family.signature, Product: b.product, Version: b.version, Channel: b.channel, Build: b.id,
		Platform: c.platform.os, Process: c.family.process, Reason: c.family.reason,
		Processed: c.processed,
	}
}

// withoutArguments is a function's name alone.
func withoutArguments(function string) string {
	name, _, _ := strings.Cut(function, "(")
	return name
}
