/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contract/scalar.h"

struct value
scalar_read(const struct type *t, struct str text)
{
    unsigned kinds = t ? t->kinds : TYPE_STRING;

    if (!text.n)
        return value_string(text);
    if ((kinds & TYPE_NUMBER) && number_is_lexeme(text))
        return value_number(text);
    if ((kinds & TYPE_BOOLEAN) && str_eq(text, STR("true")))
        return value_boolean(true);
    if ((kinds & TYPE_BOOLEAN) && str_eq(text, STR("false")))
        return value_boolean(false);
    return value_string(text);
}

struct str
scalar_text(const struct value *v)
{
    if (v->kind == VALUE_STRING || v->kind == VALUE_NUMBER)
        return value_text(v);
    if (v->kind == VALUE_BOOLEAN)
        return v->is_true ? STR("true") : STR("false");
    return STR_NONE;
}
