# What people type. `make help` lists it.

GO      ?= go
FUZZ_T  ?= 20s
RUN_T   ?= 60s
OUT     ?= imapfuzz.out

.PHONY: help run test race fuzz bench lint fmt ci go-fuzz

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## a campaign of a minute against go-imap's server and client
	$(GO) build -o imapfuzz ./cmd/imapfuzz
	./imapfuzz run -t $(RUN_T) -dir $(OUT) || [ $$? = 1 ] # 1: it found something

test: ## all tests
	$(GO) test ./...

race: ## all tests with the race detector
	$(GO) test -race ./...

fuzz: ## every fuzz target for FUZZ_T (20s)
	@set -e; for pkg in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "== $$pkg $$f"; \
			$(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZ_T) $$pkg; \
		done; \
	done

bench: ## benchmarks: rates beside those of the same sessions run bare
	$(GO) test -run '^$$' -bench . -benchmem ./...

lint: ## vet, staticcheck, gofmt
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }

fmt: ## gofmt all files
	gofmt -w $$(git ls-files '*.go')

go-fuzz: ## go-fuzz over the same decoding, for FUZZ_T (20s), on go-imap's server
	bash .ci/go-fuzz $(FUZZ_T) || [ $$? = 1 ] # 1: it found something

ci: ## what continuous integration runs
	bash .ci/run
