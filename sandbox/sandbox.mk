# SPDX-License-Identifier: GPL-2.0-or-later
# telgate-sandbox: one program, of base/ and sandbox/ only. soapcpp2 makes the SOAP skeletons from
# the *.gsoap files; what it makes is never committed, and is compiled without our warnings.

SANDBOX_GEN = $(BUILD)/gen/sandbox
SANDBOX_SOAP = $(addprefix $(SANDBOX_GEN)/,soapC.c soapServer.c soapH.h soapStub.h Billing.nsmap)
SANDBOX_FLAGS = -DWITH_IPV6 -DWITH_DOM
SANDBOX_OBJECTS = $(call objects,sandbox) $(SANDBOX_GEN)/soapC.o $(SANDBOX_GEN)/soapServer.o \
  $(SANDBOX_GEN)/billing_wsdl.o

$(SANDBOX_SOAP) &: $(wildcard sandbox/*.gsoap)
	@mkdir -p $(SANDBOX_GEN)
	$(SAY) SOAPCPP2 sandbox/services.gsoap
	$(Q)soapcpp2 -c -S -w -x -L -Isandbox -d $(SANDBOX_GEN) sandbox/services.gsoap \
	  >$(SANDBOX_GEN)/log 2>&1 || { cat $(SANDBOX_GEN)/log; exit 1; }

$(SANDBOX_GEN)/%.o: $(SANDBOX_GEN)/%.c
	$(SAY) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(SANDBOX_FLAGS) $(filter-out $(WARN),$(CFLAGS)) -w -c -o $@ $<

$(SANDBOX_GEN)/%_wsdl.o: schemas/%.wsdl
	@mkdir -p $(@D)
	$(SAY) LD $<
	$(Q)$(LD) -r -b binary -z noexecstack -o $@ $<

# The generated headers are not ours to keep free of warnings.
$(BUILD)/sandbox/billing.o $(BUILD)/sandbox/endpoint.o: $(SANDBOX_SOAP)
$(BUILD)/sandbox/billing.o $(BUILD)/sandbox/endpoint.o: CPPFLAGS += $(SANDBOX_FLAGS) \
  -isystem $(BUILD)/gen

$(BUILD)/telgate-sandbox: $(SANDBOX_OBJECTS) $(BUILD)/base.a
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ -lgsoap -lmicrohttpd -lsqlite3 -lm
