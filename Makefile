# The two commands of README.md, `make study` and `make test`, and the build they share: build/release.
#   make study REPEATS=10 QUERIES=1000 STUDY_FLAGS='--grid FRA'

MODEL := distilbert-base-uncased-finetuned-sst-2-english
STORE ?= results/quick.db
REPEATS ?= 3
QUERIES ?= 200
STUDY_FLAGS ?=
PERMILLE := build/release/permille

.PHONY: study test program build bench clean help

study: program  ## set up, build, run the quick study into results/quick.db, print its table
	@mkdir -p $(dir $(STORE))
	$(PERMILLE) run $(MODEL) --weights random:1 --repeats $(REPEATS) --queries $(QUERIES) \
	  --store $(STORE) $(STUDY_FLAGS)
	$(PERMILLE) report $(STORE)

test:  ## set up, then everything that CI runs (scripts/check)
	.ci/run

program:  ## set up what is missing and build the program alone: build/release/permille
	./setup --build-only
	cmake --preset release
	cmake --build --preset release --target permille

build: program  ## the program, the library and the tests: all of build/release
	cmake --build --preset release

bench:  ## build build/bench and print the budgets and comparisons of bench/
	./setup --build-only
	cmake --preset bench
	cmake --build --preset bench
	@for bench in build/bench/bench/*; do \
	  [ -f "$$bench" ] && [ -x "$$bench" ] || continue; \
	  echo "== $${bench##*/}"; "$$bench" || exit 1; \
	done

clean:  ## remove the builds; build/deps (ONNX Runtime) and results/ stay
	rm -rf build/release build/dev build/asan build/tsan build/bench build/fuzz

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile
