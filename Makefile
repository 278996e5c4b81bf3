# sigdiff: what is run how. Everything needs Go and git alone; the tools come with go.mod.
GO ?= go
BIN ?= bin/sigdiff

# Where goroutines share something. What is skipped only computes: it would take minutes under the race
# detector and show it nothing.
RACE = ./cache ./corpora ./engine/... ./fetch ./internal/crashstatstest ./siglists/gitlists
RACESKIP = Vectors|CrashDataMakes|Real|TestDamage|TestModel|TestLoop|TestFreelist|Statistics|Generate|TestShapes|Bomb|HistoryIsPlain|ListClusters|ListNum|ListBeyond
FUZZTIME ?= 2s
COVERED = ./siglists/...,./engine/...,./cache/...,./report/...

$(if $(filter-out go1.1% go1.20%,$(shell $(GO) env GOVERSION)),,$(error Go 1.21 or newer is needed, which fetches the one that go.mod names by itself; $(GO) is $(shell $(GO) version)))

.PHONY: build test test-beam check cover race fuzz-smoke fuzz kill damage load bench demo man clean

build: ## bin/sigdiff
	$(GO) build -o $(BIN) ./cmd/sigdiff

test: test-beam ## all tests; make cover says how much of the program they ran
	@mkdir -p bin
	$(GO) test -coverpkg=$(COVERED) -coverprofile=bin/cover.out ./...

test-beam: ## the tests of the Apache Beam pipeline, a module of its own: they run it on Beam's prism runner, in their process
	cd beam && $(GO) test ./...

cover: ## how much of siglists, engine, cache and report the last make test ran: at least 90% of the statements each
	@awk -v least=90 -f .ci/coverage.awk bin/cover.out

race: ## the tests of what is concurrent, with the race detector (which needs a C compiler)
	$(GO) test -race -short -skip '$(RACESKIP)' $(RACE)
	$(GO) test -race -short -run 'TestFetchFaultsAndMissing|TestComplete' ./cmd/sigdiff

fuzz-smoke: ## each fuzz target for FUZZTIME
	@GO='$(GO)' .ci/fuzz-smoke $(FUZZTIME) $(FUZZED)

fuzz: FUZZTIME = 135s
fuzz: FUZZED = . beam
fuzz: fuzz-smoke ## an hour of fuzzing, each target for FUZZTIME, and that of the Beam pipeline

# What takes minutes, and is no part of make test: docs/reliability.md. SEED repeats a run.
SEED ?= 0
ORDEAL = $(GO) test -tags ordeal -count=1 -v -timeout 2h ./cmd/sigdiff

kill: ## kill -9 at random moments, 50 times each: fetch, import, accept, cache compact, corpus import
	$(ORDEAL) -run '^TestOrdealKill$$' -args -seed $(SEED)

damage: ## a cache damaged in 500 random places, and commands on disks that are full
	$(ORDEAL) -run '^(TestOrdealDamage|TestOrdealFullDisk)$$' -args -seed $(SEED)

load: ## 96 nightly runs in one process, 200,000 crashes in one cache, 50,000 fetched from a service with faults
	$(ORDEAL) -run '^(TestOrdealNights|TestOrdealMany|TestOrdealFetch)$$' -args -seed $(SEED)

check: ## go.mod as it should be, formatting, vet, staticcheck, and which package may import which
	$(GO) mod tidy -diff
	cd beam && $(GO) mod tidy -diff
	@unformatted="$$($(GO) tool gofumpt -l .)"; \
	if [ -n "$$unformatted" ]; then echo "not formatted (go tool gofumpt -w .):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) vet -tags ordeal ./cmd/sigdiff
	$(GO) tool staticcheck -tags ordeal ./cmd/sigdiff
	cd beam && $(GO) vet ./... && "$$(cd .. && $(GO) tool -n staticcheck)" ./...
	$(GO) test -count=1 -run TestImportArrows ./cmd/sigdiff

bench: ## benchmarks, compared with the last kept run
	@mkdir -p bench
	$(GO) test -run '^$$' -bench . -benchmem -benchtime 0.3s -count 3 ./... | tee bench/latest.txt
	@if [ -f bench/baseline.txt ]; then $(GO) tool benchstat bench/baseline.txt bench/latest.txt; fi

demo: build ## 20,000 made-up crashes, fetched from a stand-in for Crash Stats and compared with two small siglist sets
	$(BIN) demo

man: ## a man page for each command, in bin/man
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(GO) test -count=1 -run '^TestManPages$$' ./cmd/sigdiff -args -man '$(CURDIR)/bin/man'

clean:
	rm -rf bin bench/latest.txt
