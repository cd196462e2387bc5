# PYTHON=python3.12 make ... picks the interpreter; by default a suitable one is looked for.
SAMPLE = sample_videos/left-twitch.mp4
BIN = .venv/bin

help:
	@echo "make demo    set up and measure the sample clip $(SAMPLE)"
	@echo "make test    set up, lint, type-check and run the tests"
	@echo "make lint    ruff and mypy only"
	@echo "make bench   the machine's speed beside plain loops"
	@echo "make lock    compile requirements/*.txt anew (UPGRADE=1 moves the pins)"
	@echo "make clean   remove outputs and caches (.venv stays)"

demo:
	@sh scripts/setup.sh runtime
	$(BIN)/twitchcam analyze $(SAMPLE) --out demo_out
	@echo "Open the report: $(CURDIR)/demo_out/$(basename $(notdir $(SAMPLE)))/report.html"

test: lint
	$(BIN)/python -m pytest

lint: dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: dev
	$(BIN)/twitchcam bench

dev:
	@sh scripts/setup.sh dev

lock:
	sh scripts/lock.sh $(if $(UPGRADE),--upgrade)

clean:
	rm -rf demo_out results build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.PHONY: help demo test lint bench dev lock clean
