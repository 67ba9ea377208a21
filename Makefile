# Everything a newcomer needs, on a fresh machine with Node 20, make, g++ and python3.

.PHONY: build run test test-long check docs bench chaos chaos-fleet fuzz install uninstall deb rpm clean

# Installed again only when the lock file changes.
node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --no-audit --no-fund >&2
	@touch $@

# Folders, too: from one of them a file may be gone.
SOURCES := esbuild.config.js tsconfig.json $(shell find src bench -mindepth 1)

# The program, as users have it.
build: dist/program.cjs
dist/program.cjs: node_modules/.package-lock.json $(SOURCES)
	@npm run --silent build >&2

# The same sources file by file, with the tests.
build/.made: node_modules/.package-lock.json $(SOURCES)
	@npm run --silent build:all >&2
	@touch $@

ifdef LOGS
# Follows a real folder until Ctrl-C: make run LOGS=/opt/zeek/logs/current
# Commands are shown on stderr, so that `make run | jq` works.
run: build
	@mkdir -p .demo
	@set -x; node dist/cli.js run --show --data .demo/live --zeek "$(LOGS)" --suricata "$(LOGS)"
else
# Reads the samples, shows the records as a table, and leaves domainstats.log.
run: build
	@rm -rf .demo/samples domainstats.log
	@mkdir -p .demo
	@set -x; node dist/cli.js import samples/registrations.csv --data .demo/samples
	@set -x; node dist/cli.js run --once --no-wait --show --data .demo/samples --zeek samples/zeek --suricata samples/suricata --output domainstats.log
endif

# What a change must pass, without a network.
test: build build/.made
	node build/src/testing/suite.js

# The tests that take longer: kills, floods, full disks, locked databases, made-up input. Those that failed, once more:
# make test-long FAILED=yes
test-long: build build/.made
	node build/src/testing/suite.js --long $(if $(FAILED),--failed)

# Types, lint, format, and whether the pages that are made from the code are up to date.
check: build/.made
	npm run --silent check

# The pages that are made from the code: docs/settings.md, the man page and others.
docs: build/.made
	npm run --silent docs

bench: build build/.made
	npm run --silent bench

# Random rotations, faults and kills against the real daemon: make chaos SEEDS=200. One of them again: make chaos SEED=84
SEEDS ?= 200
chaos: build build/.made
	npm run --silent chaos -- $(if $(SEED),--seed $(SEED),--seeds $(SEEDS))

# Daemons with a shared store, whose links, processes, disks and memory are broken at random: make chaos-fleet FLEET_SEEDS=4,5
FLEET_SEEDS ?= 1,2,3
chaos-fleet: build build/.made
	FLEET_SEEDS=$(FLEET_SEEDS) TAP_TIMEOUT=3600 node build/src/daemon/fleet.long.test.js

# Every reader against made-up input, each for SECONDS_EACH seconds.
SECONDS_EACH ?= 60
fuzz: build build/.made
	npm run --silent fuzz -- --seconds $(SECONDS_EACH)

# As root, into /usr/local: the program, its man page, completion, the service and its settings. systemd/README.md says
# what comes then. Uninstall removes all that but the settings.
PREFIX ?= /usr/local
UNITDIR ?= /etc/systemd/system
DATADIR ?= /var/lib/domainstats
install uninstall: export PREFIX := $(PREFIX)
install uninstall: export DESTDIR := $(DESTDIR)
install uninstall: export UNITDIR := $(UNITDIR)
install uninstall: export DATADIR := $(DATADIR)
install: build
	systemd/install.sh

uninstall:
	systemd/install.sh remove

# Packages of this build, for the architecture and the major version of node that it was made with.
deb: build
	@packaging/deb.sh

rpm: build
	@packaging/rpm.sh

clean:
	rm -rf *.deb *.rpm dist build .tap .demo node_modules domainstats.log .domainstats.log.lock
