# SPDX-License-Identifier: Apache-2.0
# Verbs. Meson and ninja do the building; `make help` lists what there is to say.
BUILD := build
STOA := $(BUILD)/apps/stoa/stoa
CLANG := clang-14
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := build

.PHONY: help build up down status run run-worker watch seed test test-asan test-tsan lint format bench fuzz docs sql clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: $(BUILD)/build.ninja ## build everything into build/
	@[ -x $(STOA) ] || echo "building; the first time takes a minute or two"
	@ninja -C $(BUILD) --quiet >$(BUILD)/ninja.out 2>&1 || \
		{ sed -n '/FAILED: \|ERROR: /,$$p' $(BUILD)/ninja.out | grep . || cat $(BUILD)/ninja.out; exit 1; }

$(BUILD)/build.ninja:
	@infra/install-deps
	@meson setup $(BUILD) --buildtype=debugoptimized >/dev/null || \
		{ sed -n '/ERROR: /,$$p' $(BUILD)/meson-logs/meson-log.txt | grep . || cat $(BUILD)/meson-logs/meson-log.txt; exit 1; }

up: deps build ## install what is missing, build, start everything here and stay
	@exec $(STOA) up $(ARGS)

.PHONY: deps
deps:
	@infra/install-deps

down: ## end what `make up` started
	@[ ! -x $(STOA) ] || $(STOA) down $(ARGS)

status: build ## what runs
	@$(STOA) status $(ARGS)

run: build ## the public API alone, in the foreground, on the stores of .stoa or of DATABASE_URL
	@exec $(STOA) run public-api $(ARGS)

run-worker: build ## a worker alone, likewise
	@exec $(STOA) run worker $(ARGS)

watch: deps build ## like up, but builds what you save and starts it again
	@tools/watch $(BUILD) & watcher=$$!; trap 'kill $$watcher 2>/dev/null' EXIT; trap : INT TERM; $(STOA) up --watch $(ARGS)

seed: build ## demo data into the database of .stoa or of DATABASE_URL
	@$(STOA) seed

test: ## every test, from nothing
	@tests/run

test-asan: ## the same under the address and undefined-behaviour sanitizers
	@tests/run --asan

test-tsan: ## tests with several threads under the thread sanitizer
	@tests/run --tsan unit integration tests/e2e/accounts/test_revocation.py

lint: build ## what CI looks at besides tests
	@tools/lint

format: ## lay out all C files
	@tools/files '*.c' '*.h' | grep -v '_sql\.[ch]$$' | xargs -P 2 -n 20 clang-format-14 -i

bench: deps build ## measure beside pgbench and a peer; ARGS=--check judges; see bench/README.md
	@bench/run $(ARGS)

fuzz: ## every fuzzer for a minute
	@tests/fuzz/run $(ARGS)

docs: build ## the descriptions of both APIs into build/docs/
	@mkdir -p $(BUILD)/docs
	@$(STOA) openapi public >$(BUILD)/docs/public.json
	@$(STOA) openapi admin >$(BUILD)/docs/admin.json
	@echo "see $(BUILD)/docs/"

.PHONY: permissions
permissions: build ## who may do what, and what is open to all, as tests/golden has it; its diff is what to look at
	@tests/golden/update $(STOA)

sql: ## typed SQL from all .sql files
	@tools/generate-sql

clean: ## remove what was built; the data in .stoa stays
	@rm -rf $(BUILD) build-asan build-tsan build-clang .cache
