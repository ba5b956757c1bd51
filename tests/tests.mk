# SPDX-License-Identifier: GPL-2.0-or-later
# Unit tests: tests/unit/ROOM/NAME_test.c, one program each, linked with its room and what that
# room may use. Fuzz targets: tests/fuzz/ROOM/NAME_fuzz.c, with seeds and findings in
# tests/fuzz/corpus/NAME/, replayed by every `make test`. tests/run knows the rest.

UNIT_SOURCES = $(wildcard tests/unit/*/*_test.c)
UNIT = $(patsubst %.c,$(BUILD)/%,$(UNIT_SOURCES))
FUZZ_SOURCES = $(wildcard tests/fuzz/*/*_fuzz.c)
REPLAY = $(patsubst %.c,$(BUILD)/%,$(FUZZ_SOURCES))
FUZZERS = $(REPLAY:=er)
FUZZ_TIME ?= 30
T ?=

soap_libs = $(if $(filter soap gateway,$(1)),$(SOAP_LIBS))

define unit
$(BUILD)/tests/unit/$(1)/%_test: $(BUILD)/tests/unit/$(1)/%_test.o $(call archives,$(1))
	$$(SAY) LD $$@
	$$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(call soap_libs,$(1)) -lcmocka $$(LDLIBS)
$(BUILD)/tests/fuzz/$(1)/%_fuzz: $(BUILD)/tests/fuzz/$(1)/%_fuzz.o \
  $(BUILD)/tests/fuzz/replay.o $(call archives,$(1))
	$$(SAY) LD $$@
	$$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(call soap_libs,$(1)) $$(LDLIBS)
$(BUILD)/tests/fuzz/$(1)/%_fuzzer: $(BUILD)/tests/fuzz/$(1)/%_fuzz.o $(call archives,$(1))
	$$(SAY) LD $$@
	$$(Q)$$(CC) $$(LDFLAGS) -fsanitize=fuzzer -o $$@ $$^ $$(call soap_libs,$(1)) $$(LDLIBS)
endef
$(foreach r,$(ROOMS),$(eval $(call unit,$(r))))

.PHONY: unit replay fuzzers tests headers test style fuzz bench npm
unit: $(UNIT)
replay: $(REPLAY)
fuzzers: $(FUZZERS)
tests: all unit replay

# The JavaScript clients of the interop tests, each version as locked; without a network their
# tests are skipped.
NPM = $(BUILD)/npm/.package-lock.json
npm: $(NPM)
$(NPM): tests/interop/npm/package-lock.json tests/interop/npm/package.json
	@mkdir -p $(@D) && cp $^ $(@D)
	$(SAY) NPM $(@D)
	$(Q)cd $(@D) && npm ci --silent --no-audit --no-fund && touch .package-lock.json || \
	  echo 'npm: the clients in tests/interop/npm could not be installed; their tests are skipped'

test: test-deps ## build and run all tests; SAN=address or thread, VALGRIND=1, T=NAME for some
	@$(SUBMAKE) tests npm
	@tests/run --build '$(BUILD)' --san '$(SAN)' $(if $(VALGRIND),--valgrind) $(T)

style: deps ## layers, headers, sizes, names, format, stack frames; all measured
	@tests/install-missing $(STYLE_DEPS)
	@$(SUBMAKE) -k all || echo 'style: the build failed; measuring what it left'
	@$(SUBMAKE) -k headers; headers=$$?; tests/style/run --build '$(BUILD)' && exit $$headers

# Each header compiles alone.
HEADERS = $(patsubst %,$(BUILD)/headers/%.ok,$(wildcard $(addsuffix /*.h,$(ROOMS) sandbox)))
headers: $(HEADERS)
	@echo 'headers: $(words $(HEADERS)) compile alone'
$(BUILD)/headers/%.ok: %
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(PC) $(CFLAGS) -fsyntax-only -MMD -MP -MF $@.d -MT $@ -x c $<
	@touch $@

fuzz: deps ## fuzz each parser for FUZZ_TIME seconds (30); T=NAME for some of them
	@tests/install-missing $(FUZZ_DEPS)
	@$(SUBMAKE) SAN=fuzzer CC=clang BUILD='$(BUILD)/fuzzer' fuzzers
	@tests/fuzz/run --build '$(BUILD)/fuzzer' --time $(FUZZ_TIME) $(T)

bench: deps ## measure beside nginx and HAProxy; CASE=, ROUNDS=, SECONDS=
	@tests/install-missing $(BENCH_DEPS)
	@$(SUBMAKE) $(BUILD)/telgate $(BUILD)/tests/bench/backend $(BUILD)/tests/bench/soap_codec \
	  $(BUILD)/tests/bench/faces $(BUILD)/tests/bench/audit_writer \
	  $(BUILD)/tests/bench/graphql_prepare
	@tests/bench/run --build '$(BUILD)' $(if $(CASE),--case $(CASE)) \
	  $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SECONDS),--seconds $(SECONDS))

$(BUILD)/tests/bench/backend: $(BUILD)/tests/bench/backend.o
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^

$(BUILD)/tests/bench/faces: $(BUILD)/tests/bench/faces.o $(BUILD)/rest.a $(call archives,soap)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(SOAP_LIBS) $(LDLIBS)

$(BUILD)/tests/bench/graphql_prepare: $(BUILD)/tests/bench/graphql_prepare.o \
  $(call archives,graphql)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/bench/soap_codec: $(BUILD)/tests/bench/soap_codec.o $(call archives,soap)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(SOAP_LIBS) $(LDLIBS)

$(BUILD)/tests/bench/audit_writer: $(BUILD)/tests/bench/audit_writer.o $(call archives,auth)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
