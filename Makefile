# sigdiff: what is run how. Everything but check-page needs Go and git alone; the tools come with go.mod.
GO ?= go
BIN ?= bin/sigdiff

# Where goroutines share something. What is skipped only computes: it would take minutes under the race
# detector and show it nothing.
RACE = ./cache ./corpora ./engine/... ./fetch ./internal/crashstatstest ./serve ./siglists/gitlists ./workbench/...
RACESKIP = Vectors|CrashDataMakes|Real|TestDamage|TestModel|TestLoop|TestFreelist|Statistics|Generate|TestShapes|Bomb|HistoryIsPlain|ListClusters|ListNum|ListBeyond
FUZZTIME ?= 2s
COVERED = ./siglists/...,./engine/...,./cache/...,./report/...

# Static programs, as those of a release, which start sooner. The race detector alone needs C.
export CGO_ENABLED = 0

$(if $(filter-out go1.1% go1.20%,$(shell $(GO) env GOVERSION)),,$(error Go 1.21 or newer is needed, which fetches the one that go.mod names by itself; $(GO) is $(shell $(GO) version)))

.PHONY: build engine test test-all test-beam check check-page cover race fuzz-smoke fuzz kill damage load edits bench bench-page demo demo-large man completions install release release-twice clean

build: engine ## bin/sigdiff
	$(GO) build -buildvcs=auto -o $(BIN) ./cmd/sigdiff

# Programs that are built without it make no sites.
ENGINE = internal/site/engine
engine: ## what sites run in browsers: the engine as WebAssembly, to become a part of the program
	GOOS=js GOARCH=wasm $(GO) build -trimpath -buildvcs=false -ldflags '-s -w' -o bin/sigdiff.wasm ./internal/site/wasm
	gzip -9nc bin/sigdiff.wasm > $(ENGINE)/sigdiff.wasm.gz
	cp "$$($(GO) env GOROOT)/lib/wasm/wasm_exec.js" $(ENGINE)/wasm_exec.js

# go vet is make check's.
test: engine ## the tests
	@mkdir -p bin
	$(GO) test -vet=off -timeout 20m $(if $(COVER),-coverpkg=$(COVERED) -coverprofile=bin/cover.out) ./...

test-all: COVER = yes
test-all: test cover test-beam race ## the tests with coverage, those of the Beam pipeline, and the race detector's

test-beam: ## the tests of the Apache Beam pipeline, a module of its own: they run it on Beam's prism runner, in their process
	cd beam && $(GO) test -timeout 20m ./...

cover: ## how much of siglists, engine, cache and report the last make test COVER=yes ran: at least 90% of the statements each
	@awk -v least=90 -f .ci/coverage.awk bin/cover.out

race: export CGO_ENABLED = 1
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

edits: ## 200 sequences of edits, each edit served by the workbench and compared by diff, byte for byte
	$(GO) test -count=1 -timeout 1h -run '^TestWorkbenchIsDiff$$' ./cmd/sigdiff -args -sequences 200

check: ## go.mod as it should be, formatting, vet, staticcheck, and which package may import which
	$(GO) mod tidy -diff
	cd beam && $(GO) mod tidy -diff
	@unformatted="$$($(GO) tool gofumpt -l .)"; \
	if [ -n "$$unformatted" ]; then echo "not formatted (go tool gofumpt -w .):"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	GOOS=js GOARCH=wasm $(GO) vet ./internal/site/wasm
	$(GO) vet -tags ordeal ./cmd/sigdiff
	$(GO) tool staticcheck -tags ordeal ./cmd/sigdiff
	cd beam && $(GO) vet ./... && "$$(cd .. && $(GO) tool -n staticcheck)" ./...
	$(GO) test -count=1 -run TestImportArrows ./cmd/sigdiff

check-page: ## the types in the workbench's scripts, with TypeScript (Debian's node-typescript)
	tsc -p workbench/web/jsconfig.json

bench: ## benchmarks, compared with the last kept run
	@mkdir -p bench
	$(GO) test -run '^$$' -bench . -benchmem -benchtime 0.3s -count 3 ./... | tee bench/latest.txt
	@if [ -f bench/baseline.txt ]; then $(GO) tool benchstat bench/baseline.txt bench/latest.txt; fi

bench-page: ## from a key to what is painted, in headless Chromium over 17,000 crashes, or of the page at SIGDIFF_WORKBENCH
	SIGDIFF_BENCH_PAGE=1 $(GO) test -count=1 -run '^$$' -bench Page -benchtime 1x ./workbench/web

demo: build ## two small siglist sets compared over 311 made-up crashes; the reports stay in bin/demo
	@rm -rf bin/demo
	$(BIN) demo --keep bin/demo

demo-large: build ## the same over 20,000 more, fetched from a stand-in for Crash Stats
	@rm -rf bin/demo
	$(BIN) demo --keep bin/demo --crashes 20000

man: ## a man page for each command, in bin/man
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(GO) test -count=1 -run '^TestManPages$$/^none$$' ./cmd/sigdiff -args -man '$(CURDIR)/bin/man'

completions: build ## what completes command lines in bash, zsh and fish, in bin/completions
	@mkdir -p bin/completions
	$(BIN) completion bash > bin/completions/sigdiff
	$(BIN) completion zsh > bin/completions/_sigdiff
	$(BIN) completion fish > bin/completions/sigdiff.fish

PREFIX ?= /usr/local
SHARE = $(DESTDIR)$(PREFIX)/share

install: build man completions ## the program, its man pages and completions, below PREFIX
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(SHARE)/man/man1' '$(SHARE)/bash-completion/completions' '$(SHARE)/zsh/site-functions' '$(SHARE)/fish/vendor_completions.d'
	install -m 755 $(BIN) '$(DESTDIR)$(PREFIX)/bin/sigdiff'
	install -m 644 bin/man/*.1 '$(SHARE)/man/man1'
	install -m 644 bin/completions/sigdiff '$(SHARE)/bash-completion/completions/sigdiff'
	install -m 644 bin/completions/_sigdiff '$(SHARE)/zsh/site-functions/_sigdiff'
	install -m 644 bin/completions/sigdiff.fish '$(SHARE)/fish/vendor_completions.d/sigdiff.fish'

# PLATFORMS="linux/amd64 ..." makes fewer.
release: ## static programs for Linux, macOS and Windows, SBOMs, Debian packages and checksums, in bin/release
	@GO='$(GO)' .ci/release '$(CURDIR)/bin/release'

release-twice: release ## the release again, of a clone elsewhere and with an empty build cache: it must be the same bytes
	@again=$$(mktemp -d) && trap 'rm -rf "$$again"' EXIT && git clone --quiet . "$$again/sigdiff" && \
	GOCACHE="$$again/cache" GO='$(GO)' "$$again/sigdiff/.ci/release" "$$again/release" && \
	diff -r bin/release "$$again/release" && echo "the same bytes"

clean:
	rm -rf bin bench/latest.txt $(ENGINE)/sigdiff.wasm.gz $(ENGINE)/wasm_exec.js
