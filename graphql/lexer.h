/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to tokens (GraphQL September 2025, section 2.1). One token ahead, nothing is kept; the
 * number of tokens is bounded.
 */
#ifndef GRAPHQL_LEXER_H
#define GRAPHQL_LEXER_H

#include "graphql/errors.h"

enum token_kind {
    TOKEN_END,
    TOKEN_PUNCTUATOR, /* text is one character, or "..." */
    TOKEN_NAME,
    TOKEN_INT,
    TOKEN_FLOAT,
    TOKEN_STRING,       /* text is the meaning, in the arena where it had escapes */
    TOKEN_BLOCK_STRING, /* the same */
    TOKEN_BROKEN        /* the error is told */
};

struct token {
    uint8_t kind; /* enum token_kind */
    struct str text;
    struct location at;
};

struct lexer {
    struct errors *errors;
    const char *p, *end, *line_start;
    const char *mark; /* `column` is its column */
    uint32_t line, column;
    uint32_t tokens_left;
};

/* source is UTF-8 (checked by who read it) and must live as long as what is made of it. */
void lexer_init(struct lexer *l, struct str source, uint32_t tokens, struct errors *errors);
struct token lexer_next(struct lexer *l);

#endif
