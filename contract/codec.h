/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes <-> value, by type. gateway/ lists the codecs by media type in one table and hands it to
 * the faces and the backends' side, so that a room needs no arrow to its sibling for a format.
 */
#ifndef CONTRACT_CODEC_H
#define CONTRACT_CODEC_H

#include "contract/type.h"

struct codec {
    struct str media;   /* "application/json" */
    struct str suffix;  /* structured syntax suffix (RFC 6839): "+json"; or empty */
    const void *tables; /* what the functions find in the codec that they are handed; or NULL */
    /* "header=absent": only for a media type that has it; or empty. Such a codec stands before the
     * one that takes the media type without. */
    struct str parameter;
    /* The value may share bytes with `bytes`. t may be NULL. INVALID_BODY or MEMORY. */
    enum fault_code (*read)(const struct codec *c, struct arena *a, struct str bytes,
                            const struct type *t, struct value *out, struct fault *f);
    /* Appends; t may be NULL. INVALID_VALUE for what the form cannot say, or MEMORY (also when
     * `out` is full). */
    enum fault_code (*write)(const struct codec *c, struct buf *out, const struct value *v,
                             const struct type *t, struct fault *f);
    /* For a mistake in a contract: why the form can not carry the type, and the part of it where
     * that shows. Static; NULL: it can. The function is NULL where all types suit. */
    const char *(*suits)(const struct type *t, const struct type **where);
};

struct codecs { /* borrowed */
    const struct codec *const *items;
    unsigned n;
};

/* "Application/JSON; charset=utf-8" -> "application/json", compared without case. */
struct str media_essence(struct str content_type);
/* JSON, XML: by their names and suffixes (RFC 6839, RFC 7303); of an essence in lower case. */
bool media_is_json(struct str essence);
bool media_is_xml(struct str essence);
/* The codec of a media type, or NULL. Case does not count, nor parameters that no codec names. */
const struct codec *codec_find(struct codecs c, struct str media);

extern const struct codec codec_json;

#endif
