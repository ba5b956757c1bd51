/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What message.c needs of each remote, made by wsdl_build.c at load. */
#ifndef SOAP_ENVELOPE_H
#define SOAP_ENVELOPE_H

#include "contract/binding.h"
#include "soap/xml_table.h"

#define NS_SOAP11 "http://schemas.xmlsoap.org/soap/envelope/"
#define NS_SOAP12 "http://www.w3.org/2003/05/soap-envelope"

enum soap_version { SOAP_11, SOAP_12 };

struct envelope_part {       /* what stands in a Body */
    const struct type *type; /* NULL: one-way, or an empty Body */
    bool single;             /* the type is that of the one element {ns}local */
    struct str ns, local;    /* else its members are the Body's children */
};

struct envelope_spec {
    enum soap_version version;
    struct str action, wsa_action;
    struct envelope_part request, answer;
    const struct type *headers; /* NULL: none */
    struct envelope_fault {
        struct str name, ns, local;
        const struct type *type;
    } * faults;
    unsigned fault_count;
};

struct envelope {
    struct str content_type, action, wsa_action;
    struct str open; /* up to the Header */
    const struct xml_table *request, *headers;
    bool request_single;
    const struct xml_root *answer; /* the whole envelope, of either version */
    bool answer_single, answer_empty;
    struct str answer_name; /* member of the Body that holds the single element */
};

/* Builds the tables; xml_codec_finish must follow, then envelope_finish. NULL: no memory. */
struct envelope *envelope_new(struct xml_codec *c, const struct envelope_spec *spec);
/* Writes the fixed texts. False: no memory. */
bool envelope_finish(struct envelope *e);

#endif
