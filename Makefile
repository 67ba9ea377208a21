# domainstats: everything a newcomer needs, on a fresh machine with Node 20, make, g++ and python3.

.PHONY: run test test-long check bench chaos fuzz install clean build

# Installed again only when the lock file changes.
node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --no-audit --no-fund >&2
	@touch $@

build: node_modules/.package-lock.json
	@npm run --silent build >&2

ifdef LOGS
# Commands are told on stderr, so that `make run | jq` works.
# Follows a real folder until Ctrl-C: make run LOGS=/opt/zeek/logs/current
run: build
	@mkdir -p .demo
	@set -x; node dist/cli.js run --show --data .demo/live --zeek "$(LOGS)" --suricata "$(LOGS)"
else
# Reads the samples through the whole pipeline, shows what it found, and leaves domainstats.log.
run: build
	@rm -rf .demo/samples domainstats.log
	@mkdir -p .demo
	@set -x; node dist/cli.js import samples/registrations.csv --data .demo/samples
	@set -x; node dist/cli.js run --once --no-wait --show --data .demo/samples --zeek samples/zeek --suricata samples/suricata --output domainstats.log
endif

# Two minutes: what a newcomer needs to trust the build.
test: node_modules/.package-lock.json
	npm test

# What takes longer: kills, floods, full disks, locked databases, made-up input.
test-long: node_modules/.package-lock.json
	npm run --silent test-long

check: node_modules/.package-lock.json
	npm run --silent check

bench: build
	npm run --silent bench

# Rotations, faults and kills at random against the real daemon: make chaos SEEDS=200; one again: make chaos SEED=84
SEEDS ?= 200
chaos: build
	npm run --silent chaos -- $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

# Every reader against made-up input, each for so many seconds.
SECONDS_EACH ?= 60
fuzz: build
	npm run --silent fuzz -- --seconds $(SECONDS_EACH)

# Into /usr/local, as root: the program, its libraries, the service and its settings. No user is made: see systemd/README.md.
PREFIX ?= /usr/local
UNITDIR ?= /etc/systemd/system
DATADIR ?= /var/lib/domainstats
install: export PREFIX := $(PREFIX)
install: export DESTDIR := $(DESTDIR)
install: export UNITDIR := $(UNITDIR)
install: export DATADIR := $(DATADIR)
install: build
	systemd/install.sh

clean:
	rm -rf dist build .tap .demo node_modules domainstats.log .domainstats.log.lock
