# What people type. `make help` lists it.

GO      ?= go
FUZZ_T  ?= 20s
RUN_T   ?= 60s
OUT     ?= imapfuzz.out

.PHONY: help rules cards run test race fuzz bench bench-net dialogues lint fmt ci go-fuzz yardstick yardstick-quick statements

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## a campaign of a minute against go-imap's server and client
	$(GO) build -o imapfuzz ./cmd/imapfuzz
	./imapfuzz run -t $(RUN_T) -dir $(OUT) || [ $$? = 1 ] # 1: it found something

test: ## all tests
	$(GO) test ./...

race: ## all tests with the race detector, but literals that are cut for go-imap's client: it has a race
	$(GO) test -race ./...

fuzz: ## every fuzz target for FUZZ_T (20s), as go test -fuzz does
	GO=$(GO) FUZZ_KEEP=1 bash .ci/fuzz $(FUZZ_T) || [ $$? = 1 ] # 1: it found something in go-imap

bench: ## benchmarks: rates beside those of the same sessions run bare
	$(GO) test -run '^$$' -bench . -benchmem ./...

bench-net: ## faultnet beside a copy loop, toxiproxy and other pipes: one ratio a line
	cd internal/benchnet && $(GO) run .

dialogues: ## 200,000 valid dialogues with the reference server, which no rule may accuse
	IMAPFUZZ_DIALOGUES=200000 $(GO) test ./fuzz -run TestTheReferenceServerIsNeverAccused -timeout 30m -v

yardstick: ## planted bugs: our campaign beside go test -fuzz and go-fuzz, five times each (hours)
	$(GO) run ./internal/yardstick

yardstick-quick: ## our campaign alone on the planted bugs, once
	$(GO) run ./internal/yardstick -quick

statements: ## statements of go-imap's server that each engine reaches in 150,000 executions (a quarter of an hour)
	$(GO) run ./internal/yardstick/statements

lint: ## vet, staticcheck, gofmt
	GO=$(GO) bash .ci/lint

fmt: ## gofmt all files
	gofmt -w $$(git ls-files '*.go')

go-fuzz: ## go-fuzz over the same decoding, for FUZZ_T (20s), on go-imap's server
	bash .ci/go-fuzz $(FUZZ_T) || [ $$? = 1 ] # 1: it found something

rules: ## docs/RULES.md, from the rules
	$(GO) test ./harness/report -run TestTheRulesPageIsCurrent -update

cards: ## docs/cards, the report cards of go-imap's server and client
	mkdir -p docs/cards
	$(GO) build -o imapfuzz ./cmd/imapfuzz
	for side in server client; do \
		./imapfuzz check -side $$side -dir $(OUT) -markdown docs/cards/go-imap-$$side.md >/dev/null || [ $$? = 1 ] || exit 2; \
	done # 1: it found something

ci: ## what continuous integration runs
	bash .ci/run
