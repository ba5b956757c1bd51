/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cJSON tree as YAML that people go on editing: blocks, short things in one line, comments.
 * document_parse gives the same tree back.
 */
#ifndef BASE_YAML_WRITE_H
#define BASE_YAML_WRITE_H

#include "base/document.h"

/* A member of this name (its value is text) becomes comment lines before the member behind it. */
#define YAML_COMMENT "#"

/* Appends the root, an object, with a line end. Numbers are written by their lexeme, text in UTF-8.
 * out->failed tells. */
void yaml_write(struct buf *out, const cJSON *root);

#endif
