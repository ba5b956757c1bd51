/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of `import` share while one contract is made. */
#ifndef SOAP_WSDL_IMPORTING_H
#define SOAP_WSDL_IMPORTING_H

#include "base/yaml_write.h"
#include "soap/wsdl_file.h"

#define IMPORT_SCHEMAS "#/components/schemas/"

struct import_backend { /* one for each address */
    struct import_backend *next;
    const char *address; /* NULL: the WSDL names none */
    struct str name;
};

struct importing {
    struct wsdl *wsdl;
    struct arena *arena;
    struct str api; /* "billing": in paths, scopes and names */
    struct import_backend *backends;
    cJSON *paths, *schemas; /* of the contract */
    cJSON *builtins;        /* {"dateTime": name of its component} */
    bool failed;            /* no memory */
};

/* Adds `item` under `key` (NULL: appends), or deletes it and fails; returns it, or NULL. */
cJSON *import_put(struct importing *i, cJSON *parent, const char *key, cJSON *item);
/* The same for text; nothing for NULL. */
void import_text(struct importing *i, cJSON *parent, const char *key, const char *text);
cJSON *import_object(struct importing *i, cJSON *parent, const char *key);
cJSON *import_array(struct importing *i, cJSON *parent, const char *key);
/* An object with one text member. */
cJSON *import_pair(struct importing *i, const char *key, const char *text);

/* A lowered schema as it stands in the contract: only what matters outside of XML is kept. The
 * components that it names are put into i->schemas. Free-standing; NULL: no memory. */
cJSON *import_schema(struct importing *i, const cJSON *lowered);
/* A message as a $ref: a component of that name is made where it is none. */
cJSON *import_message(struct importing *i, const cJSON *lowered, const char *wish);
/* What a $ref with nothing beside it that counts leads to, or the schema itself. */
const cJSON *import_follow(const struct importing *i, const cJSON *lowered);
/* True for an object without any member: nothing is in such a message. */
bool import_is_empty(const struct importing *i, const cJSON *lowered);

/* Adds the path of an operation. */
void import_operation(struct importing *i, const struct wsdl_operation *o);

#endif
