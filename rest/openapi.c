/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loader has done the work: overlays applied, older dialects lowered, external references
 * brought in, extensions stripped. What is left is to say where the API is served: `servers` of
 * the document becomes the gateway's, those of paths and operations go.
 */
#include "rest/openapi.h"

#include "base/json.h"

static void
put_servers(struct buf *out, const struct contract *c, struct str base_url)
{
    struct str path = c->base_path.n ? c->base_path : STR("/");
    struct buf url;

    buf_init(&url, 4096);
    buf_str(&url, base_url);
    buf_str(&url, path);
    buf_str(out, STR("\"servers\":[{\"url\":"));
    json_write_string(out, buf_view(&url));
    buf_str(out, STR("}]"));
    buf_fini(&url);
}

static void put_node(struct buf *out, struct arena *a, const cJSON *node, unsigned level);

/* In paths (level 1) each path item (level 2) and operation (level 3) may hold servers. */
static void
put_object(struct buf *out, struct arena *a, const cJSON *node, unsigned level)
{
    const char *between = "";

    buf_put_char(out, '{');
    for (const cJSON *child = node->child; child; child = child->next) {
        if (level >= 2 && level <= 3 && strcmp(child->string, "servers") == 0)
            continue;
        buf_printf(out, "%s", between);
        between = ",";
        json_write_string(out, str_of(child->string));
        buf_put_char(out, ':');
        put_node(out, a, child, level + 1);
    }
    buf_put_char(out, '}');
}

static void
put_node(struct buf *out, struct arena *a, const cJSON *node, unsigned level)
{
    struct value v;

    if (level <= 3 && cJSON_IsObject(node))
        put_object(out, a, node, level);
    else if (node_to_value(a, node, &v))
        out->failed = true;
    else
        json_write(out, &v);
}

void
openapi_write(struct buf *out, const struct contract *c, struct str base_url)
{
    struct arena *a = arena_new(64 << 20);

    if (!a) {
        out->failed = true;
        return;
    }
    buf_put_char(out, '{');
    for (const cJSON *child = c->published->child; child; child = child->next) {
        if (strcmp(child->string, "servers") == 0)
            continue;
        json_write_string(out, str_of(child->string));
        buf_put_char(out, ':');
        put_node(out, a, child, strcmp(child->string, "paths") == 0 ? 1 : 4);
        buf_put_char(out, ',');
    }
    put_servers(out, c, base_url);
    buf_put_char(out, '}');
    arena_free(a);
}
