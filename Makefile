# SPDX-License-Identifier: GPL-2.0-or-later
# telgate: `make run` and `make test` are the whole set-up on a bare Debian 12. `make help` lists.

SAN ?=
BUILD ?= build$(if $(SAN),/$(SAN))
PREFIX ?= /usr/local
CC = gcc
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

# What the product needs, and what only its tests and its benchmark need (libulfius to libldap: of
# glewlwyd, see tests/interop/test_glewlwyd.py).
DEPS = libmicrohttpd-dev libboost-context-dev libcjson-dev libyaml-dev libssl-dev libjwt-dev \
  libxml2-dev gsoap libgsoap-dev libpcre2-dev libc-ares-dev libsqlite3-dev libgnutls28-dev \
  libjemalloc-dev zlib1g-dev pkg-config gcc libc6-dev make
TEST_DEPS = libcmocka-dev python3 python3-cryptography valgrind curl openssl \
  php-cli php-soap python3-zeep python3-authlib python3-requests python3-xmlsec libsoap-lite-perl \
  nodejs libulfius2.7 libhoel1.4 libiddawc1.1 \
  liboath0 libconfig9 libcbor0.8 libldap-2.5-0 $(if $(shell command -v npm),,npm)
FUZZ_DEPS = clang libclang-rt-14-dev python3
STYLE_DEPS = clang-format python3 universal-ctags
BENCH_DEPS = nginx-light haproxy wrk python3 python3-cryptography valgrind

ROOMS = base contract auth rest soap graphql gateway
LIBS = libmicrohttpd gnutls libcjson yaml-0.1 libssl libcrypto libjwt libxml-2.0 libpcre2-8 \
  libcares sqlite3 zlib
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual \
  -Wwrite-strings -Wvla -Wformat=2 \
  $(if $(SAN),,-Wframe-larger-than=32768 $(if $(CI),-Werror))
HARDEN = -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2
SANFLAGS = $(if $(filter address,$(SAN)),-fsanitize=address$(,)undefined \
    -fno-sanitize-recover=all) \
  $(if $(filter thread,$(SAN)),-fsanitize=thread) \
  $(if $(filter fuzzer,$(SAN)),-fsanitize=fuzzer-no-link$(,)address$(,)undefined \
    -fno-sanitize-recover=all -Wno-format-nonliteral)
, := ,
OPT = $(if $(SAN),-O1,-O2)
CPPFLAGS += -I. -I$(BUILD)/gen -D_GNU_SOURCE
CFLAGS += -std=gnu11 -g $(OPT) -fno-omit-frame-pointer -pthread $(WARN) \
  $(if $(SAN),$(SANFLAGS),$(HARDEN))
LDFLAGS += -pthread -Wl,-z,now,-z,relro $(SANFLAGS)
# Asked once, and only when something is compiled: before `make deps` there may be no pkg-config.
PC = $(eval PC := $$(shell pkg-config --silence-errors --cflags $(LIBS)))$(PC)
PC_LIBS = $(eval PC_LIBS := $$(shell pkg-config --silence-errors --libs $(LIBS)))$(PC_LIBS)
LDLIBS = $(PC_LIBS) -lboost_context -lm

# Short lines; V=1 shows the whole commands.
Q = $(if $(V),,@)
SAY = @$(if $(V),:,printf '  %-7s%s\n')
# A make inside a recipe keeps the caller's -j, or gets one.
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

sources = $(wildcard $(1)/*.c)
objects = $(patsubst %.c,$(BUILD)/%.o,$(call sources,$(1)))

.PHONY: all help run install graphiql clean deps test-deps
.DELETE_ON_ERROR:
.SECONDARY:
all: $(BUILD)/telgate $(BUILD)/telgate-sandbox ## build the gateway and the sandbox

help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile tests/tests.mk | sed -E 's/:.*## /\t/' | expand -t 14

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(PC) $(CFLAGS) $(if $(SAN),,-fstack-usage) -MMD -MP -c -o $@ $<

# The folder itself is a prerequisite, so that a file that left it leaves the archive, too.
define room
$$(BUILD)/$(1).a: $$(call objects,$(1)) $(1)
	@rm -f $$@ && mkdir -p $$(@D)
	$$(SAY) AR $$@
	$$(Q)ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach r,$(ROOMS),$(eval $(call room,$(r))))

# The rooms that a room may call, itself first: the link order, and the layering.
USES_base = base
USES_contract = contract base
USES_auth = auth base
USES_rest = rest contract base
USES_soap = soap contract base
USES_graphql = graphql contract base
USES_gateway = gateway rest soap graphql auth contract base
archives = $(patsubst %,$(BUILD)/%.a,$(USES_$(1)))

include soap/soap.mk sandbox/sandbox.mk

$(BUILD)/telgate: $(call archives,gateway)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ -Wl,--whole-archive $(BUILD)/gateway.a -Wl,--no-whole-archive \
	  $(wordlist 2,9,$(call archives,gateway)) $(SOAP_LIBS) $(LDLIBS) $(if $(SAN),,-ljemalloc)

include tests/tests.mk

run: deps ## install what is missing, build, start the sandbox and the gateway
	@$(SUBMAKE) all $(GRAPHIQL_DONE)
	@conf/demo $(BUILD)

# GraphiQL, which the gateway serves itself: our page, and what it needs from npm, each package
# being what its checksum says. Without npm or a network /graphql shows browsers a plain page.
GRAPHIQL = build/graphiql
GRAPHIQL_FILES = graphiql@4.1.2 react@18.3.1 react-dom@18.3.1
NPM_COMMAND = $(shell command -v npm)
GRAPHIQL_DONE = $(if $(NPM_COMMAND),$(GRAPHIQL)/done)
graphiql: ## fetch GraphiQL, for browsers at /graphql (installs npm)
	@$(if $(NPM_COMMAND),,tests/install-missing npm)
	@$(SUBMAKE) $(GRAPHIQL)/done

$(GRAPHIQL)/done: $(wildcard conf/graphiql/*)
	$(SAY) NPM $(@D)
	@mkdir -p $(@D)
	$(Q)conf/graphiql/fetch $(@D) $(GRAPHIQL_FILES) && touch $@ || \
	  echo 'graphiql: it could not be fetched; browsers get a plain page at /graphql'

SHARE = $(DESTDIR)$(PREFIX)/share/telgate
install: all $(GRAPHIQL_DONE) ## install under PREFIX (/usr/local); DESTDIR is put before it
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/conf $(DESTDIR)$(PREFIX)/share/doc/telgate
	install $(BUILD)/telgate $(BUILD)/telgate-sandbox $(DESTDIR)$(PREFIX)/bin
	install -m 644 conf/*.yaml $(SHARE)/conf # not the keys that a run has made beside them
	sed -i 's|\.\./build/graphiql|../graphiql|' $(SHARE)/conf/telgate.yaml
	[ ! -e $(GRAPHIQL)/done ] || cp -RT $(GRAPHIQL) $(SHARE)/graphiql
	cp -R schemas $(SHARE)
	cp -R README.md LICENSE docs/. $(DESTDIR)$(PREFIX)/share/doc/telgate

deps: ## install what the product needs (apt)
	@tests/install-missing $(DEPS)

test-deps: deps
	@tests/install-missing $(TEST_DEPS)

clean: ## remove everything built
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
