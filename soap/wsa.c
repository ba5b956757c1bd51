/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/wsa.h"

#include "soap/service.h"
#include "soap/xml_file.h"
#include "soap/xml_text.h"

#define NAME(local) "{" NS_WSA "}" local
#define TEXT        "text"

static const struct {
    const char *local, *name;
    bool address; /* an endpoint reference; else a text */
    bool repeats;
} blocks[WSA_BLOCKS] = {
    {"Action", NAME("Action"), false, false},  {"MessageID", NAME("MessageID"), false, false},
    {"To", NAME("To"), false, false},          {"RelatesTo", NAME("RelatesTo"), false, true},
    {"From", NAME("From"), true, false},       {"ReplyTo", NAME("ReplyTo"), true, false},
    {"FaultTo", NAME("FaultTo"), true, false},
};

static struct xml_table *
block_table(struct xml_codec *c, const char *soap, const char *role)
{
    struct xml_table *t = xml_table_new(c, XML_CONTENT_OBJECT, 3);
    struct xml_table *text = xml_table_new(c, XML_CONTENT_STRING, 0);

    if (!t || !text)
        return NULL;
    text->collapse = true;
    xml_table_attribute(c, t, str_of(soap), STR("mustUnderstand"), STR(SERVICE_MUST_UNDERSTAND),
                        text);
    xml_table_attribute(c, t, str_of(soap), str_of(role), STR(SERVICE_ROLE), text);
    t->text_table = text;
    return t;
}

static const struct xml_table *
text_block(struct xml_codec *c, const char *soap, const char *role)
{
    struct xml_table *t = block_table(c, soap, role);

    if (!t)
        return NULL;
    t->ignores_text = false;
    t->text = (int32_t)t->slot_count;
    t->slots[t->slot_count++] = (struct xml_slot){.name = STR(TEXT)};
    return t;
}

static const struct xml_table *
address_block(struct xml_codec *c, const char *soap, const char *role)
{
    struct xml_table *t = block_table(c, soap, role);

    if (t)
        xml_table_element(c, t, STR(NS_WSA), STR("Address"), STR(TEXT), t->text_table, false);
    return t;
}

void
wsa_tables(struct xml_codec *c, struct xml_table *header, const char *soap, const char *role)
{
    const struct xml_table *text = text_block(c, soap, role);
    const struct xml_table *address = address_block(c, soap, role);

    for (unsigned i = 0; i < WSA_BLOCKS; i++)
        xml_table_element(c, header, STR(NS_WSA), str_of(blocks[i].local), str_of(blocks[i].name),
                          blocks[i].address ? address : text, blocks[i].repeats);
}

bool
wsa_understands(struct str name)
{
    for (unsigned i = 0; i < WSA_BLOCKS; i++)
        if (str_eq(name, str_of(blocks[i].name)))
            return true;
    return false;
}

static void
check_address(struct wsa *w, const char *local, struct str address)
{
    if (!str_eq(address, STR(WSA_ANONYMOUS)) && !w->refused)
        w->refused = local;
}

void
wsa_take(struct wsa *w, struct str name, const struct value *block)
{
    const struct value *v = value_get(block, STR(TEXT));
    struct str text = v && v->kind == VALUE_STRING ? value_text(v) : STR_NONE;

    w->used = true;
    if (str_eq(name, STR(NAME("MessageID"))))
        w->message_id = text;
    else if (str_eq(name, STR(NAME("ReplyTo"))))
        check_address(w, "ReplyTo", text);
    else if (str_eq(name, STR(NAME("FaultTo"))))
        check_address(w, "FaultTo", text);
}

/* ---- Towards a backend ---- */

#define NS_WSA_WSDL "http://www.w3.org/2006/05/addressing/wsdl"

static struct str
attribute(struct arena *a, const xmlNode *node, const char *ns, const char *name)
{
    xmlChar *text = node ? xmlGetNsProp(node, xml_chars(name), ns ? xml_chars(ns) : NULL) : NULL;
    struct str copy = text ? arena_dup(a, str_of((const char *)text)) : STR_NONE;

    xmlFree(text);
    return copy;
}

/* namespace/portType/input, with ':' between where the namespace is a URN. */
static struct str
default_action(struct arena *a, const xmlNode *operation, const xmlNode *input)
{
    struct str ns = attribute(a, xmlDocGetRootElement(operation->doc), NULL, "targetNamespace");
    struct str type = attribute(a, operation->parent, NULL, "name");
    struct str name = attribute(a, input, NULL, "name");
    struct str own = attribute(a, operation, NULL, "name");
    const char *between = str_starts(ns, STR("urn:")) ? ":" : str_ends(ns, STR("/")) ? "" : "/";

    if (!name.n)
        name = arena_printf(a, "%.*sRequest", STR_ARG(own));
    return arena_printf(a, "%.*s%s%.*s%c%.*s", STR_ARG(ns), between, STR_ARG(type),
                        between[0] == ':' ? ':' : '/', STR_ARG(name));
}

struct str
wsa_action(struct arena *a, const xmlNode *operation, struct str soap_action)
{
    const xmlNode *input = xml_child(operation, NS_WSDL, "input");
    struct str action = attribute(a, input, NS_WSA_METADATA, "Action");

    if (!action.n)
        action = attribute(a, input, NS_WSA_WSDL, "Action");
    if (!action.n)
        action = soap_action;
    return action.n ? action : default_action(a, operation, input);
}

static void
put_block(struct buf *out, const char *name, const char *attributes, struct str text)
{
    buf_printf(out, "<a:%s xmlns:a=\"" NS_WSA "\"%s>", name, attributes);
    xml_text_put(out, text);
    buf_printf(out, "</a:%s>", name);
}

void
wsa_write_request(struct buf *out, struct str action, struct str message_id, struct str to)
{
    const char *must = " e:mustUnderstand=\"1\"";

    put_block(out, "Action", must, action);
    put_block(out, "MessageID", "", message_id);
    buf_str(out, STR("<a:ReplyTo xmlns:a=\"" NS_WSA "\"><a:Address>" WSA_ANONYMOUS
                     "</a:Address></a:ReplyTo>"));
    put_block(out, "To", must, to);
}

void
wsa_write_answer(struct buf *out, const struct wsa *w, struct str action)
{
    buf_str(out, STR("<a:Action xmlns:a=\"" NS_WSA "\">"));
    xml_text_put(out, action);
    buf_str(out, STR("</a:Action>"));
    if (!w->message_id.n)
        return;
    buf_str(out, STR("<a:RelatesTo xmlns:a=\"" NS_WSA "\">"));
    xml_text_put(out, w->message_id);
    buf_str(out, STR("</a:RelatesTo>"));
}

void
wsa_write_problem(struct buf *out, const struct wsa *w)
{
    buf_printf(out, "<a:ProblemHeaderQName xmlns:a=\"" NS_WSA "\">a:%s</a:ProblemHeaderQName>",
               w->refused);
}
