# The two commands of README.md, `make study` and `make test`, and the build they share: build/release.
#   make study STUDY_FLAGS='--grid FRA --weights DIR'      STUDY=my.yaml: another study; STUDY_FLAGS=--again: anew
#   make bench STARTUP_PAIRS=20 SAMPLING_SECONDS=1 HARNESS_PAIRS=10 WEIGHT_PAIRS=30 WEIGHTLESS_PAIRS=10 IMPORT_ROUNDS=1 TASKS=text-classification     a quick look; the defaults are for reporting

STUDY ?= quick
STORE ?= results/$(notdir $(STUDY:.yaml=)).db
STUDY_FLAGS ?=
PERMILLE := build/release/permille

.PHONY: study test program build bench clean help

study: program  ## set up, build, measure the quick study into results/quick.db, print its table, draw results/quick.html
	@mkdir -p $(dir $(STORE))
	@# 3: some cell failed and is named; the others are worth their page, and make fails after it.
	$(PERMILLE) study run $(STUDY) --store $(STORE) $(STUDY_FLAGS); status=$$?; \
	  [ $$status -eq 0 ] || [ $$status -eq 3 ] || exit $$status; \
	  $(PERMILLE) report $(STORE) --format html --out $(STORE:.db=.html) && \
	  echo "the page: $(STORE:.db=.html)" && exit $$status

test:  ## set up, then everything that CI runs (scripts/check)
	.ci/run

program:  ## set up what is missing and build the program alone: build/release/permille
	./setup --build-only
	cmake --preset release
	cmake --build --preset release --target permille

build: program  ## the program, the library and the tests: all of build/release
	cmake --build --preset release

BENCH := build/bench
LOAD_PROFILES ?= ../shared/factors/cpu_load_profiling
LOGS ?= ../shared/paper/logs
PANDAS ?= $(wildcard build/peers/bin/python)
TOKENIZERS ?= $(wildcard build/peers/bin/python)
TEXTS ?= $(wildcard ../shared/data/wikitext-2/valid.txt ../shared/data/tinyshakespeare/shakespeare.txt)
bench:  ## build build/bench and print the budgets and comparisons of bench/
	./setup --build-only
	cmake --preset bench
	cmake --build --preset bench --target permille sampling harness startup cpu_load_model import report \
	  task_overhead tokenizers weights weightless memory
	@echo "== startup";  $(BENCH)/bench/startup $(BENCH)/permille $(STARTUP_PAIRS)
	@echo "== sampling"; $(BENCH)/bench/sampling $(BENCH)/fakes/libfake_nvml.so $(SAMPLING_SECONDS)
	@echo "== harness";  $(BENCH)/bench/harness test/data/onnx/bert-base-encoder.onnx.zst $(HARNESS_PAIRS)
	@echo "== tasks";    bench/every_task $(BENCH)/bench/task_overhead $(TASKS)
	@echo "== weights";  bench/every_trained $(BENCH)/bench/weights $(WEIGHT_PAIRS)
	@echo "== weightless"; $(BENCH)/bench/weightless test/data/onnx/bert-base-encoder.onnx.zst $(WEIGHTLESS_PAIRS)
	@echo "== memory";   for model in "fill-mask bert-base-uncased" "text-generation gpt2" "summarization google/flan-t5-base"; do \
	    $(BENCH)/bench/memory $$model random:1 "a [MASK] of text"; done
	@echo "== tokenizers"; if [ -n "$(TEXTS)" ] && $(or $(TOKENIZERS),false) -c 'import tokenizers' 2>/dev/null; then \
	    $(TOKENIZERS) tools/peers/tokenizers_bench.py $(BENCH)/bench/tokenizers build/peers/vocabularies $(TEXTS); \
	  else echo "skipped: tools/peers/tokenizers_bench.py needs PyPI's tokenizers (TOKENIZERS=VENV/bin/python) and TEXTS"; fi
	@echo "== import";   if [ -d $(LOGS) ]; then $(BENCH)/bench/import $(LOGS) \
	    $(if $(PANDAS),tools/peers/pandas_join.py $(PANDAS)) $(IMPORT_ROUNDS); \
	  else echo "skipped: no $(LOGS) (logs/ of github.com/sashavor/co2_inference: LOGS=DIR)"; fi
	@echo "== report";   $(BENCH)/bench/report $(BENCH)/bench/1000-cells.html
	@echo "== page";     if [ -d $(LOGS) ]; then $(BENCH)/permille report $(LOGS) --format html --out $(BENCH)/bench/study.html; \
	    study="--page $(BENCH)/bench/study.html"; fi; \
	  node test/browser/bench.mjs $$study --many $(BENCH)/bench/1000-cells.html
	@echo "== cpu_load_model"; if [ -d $(LOAD_PROFILES) ]; then $(BENCH)/bench/cpu_load_model $(LOAD_PROFILES); \
	  else echo "skipped: no $(LOAD_PROFILES) (CodeCarbon's data/hardware/cpu_load_profiling: LOAD_PROFILES=DIR)"; fi

clean:  ## remove the builds; build/deps (ONNX Runtime) and results/ stay
	rm -rf build/release build/dev build/asan build/tsan build/bench build/fuzz

help:  ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile
