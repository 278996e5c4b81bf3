# sigdiff: what is run how. Everything needs Go and git alone; the tools come with go.mod.
GO ?= go
BIN ?= bin/sigdiff

.PHONY: build test check bench demo fuzz clean

build: ## bin/sigdiff
	$(GO) build -o $(BIN) ./cmd/sigdiff

test: ## all tests
	$(GO) test ./...

check: ## formatting, vet, staticcheck, and which package may import which
	@unformatted="$$($(GO) tool gofumpt -l .)"; \
	if [ -n "$$unformatted" ]; then echo "not formatted (go tool gofumpt -w .):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) test -count=1 -run TestImportArrows ./cmd/sigdiff

bench: ## benchmarks, compared with the last kept run
	@mkdir -p bench
	$(GO) test -run '^$$' -bench . -benchmem -benchtime 0.3s -count 3 ./... | tee bench/latest.txt
	@if [ -f bench/baseline.txt ]; then $(GO) tool benchstat bench/baseline.txt bench/latest.txt; fi

demo: build ## 20,000 made-up crashes, fetched from a stand-in for Crash Stats and compared with two small siglist sets
	$(BIN) demo

clean:
	rm -rf bin bench/latest.txt
