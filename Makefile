# make help lists what there is. Everything that builds first installs the Debian packages that are
# missing (cmake/packages.txt), which needs root or sudo once.

.DEFAULT_GOAL := help
.PHONY: help bootstrap build demo test bench fuzz serve format lint clean

PRESET ?= release
BUILD := build/$(PRESET)

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

bootstrap:
	@scripts/bootstrap.sh

build: bootstrap ## Build build/release/quell (PRESET=dev|release|asan|tsan)
	@cmake --preset $(PRESET) >/dev/null
	@cmake --build $(BUILD) --target quell

demo: build ## A node with a million real documents: bulks and updates, cancelled as documented
	@scripts/demo.sh

test: bootstrap ## Run all tests (CI=true: sanitizers, fuzzers and lint, too)
	@scripts/test.sh

bench: build ## Measure; side by side with OpenSearch where PEER_URL names one
	@scripts/bench.sh

fuzz: bootstrap ## Run every fuzzer for a minute (FUZZ_SECONDS=60)
	@scripts/fuzz.sh

serve: build ## Run a node on http://127.0.0.1:9200, its data under ./.data
	@$(BUILD)/quell serve -E path.data=.data -E node.name=opensearch-node1

format: bootstrap ## Format the sources
	@scripts/format.sh --fix

lint: bootstrap ## Run clang-tidy on all sources
	@scripts/lint.py

clean: ## Remove what was built, and the demo's data
	@rm -rf build .demo .bench
