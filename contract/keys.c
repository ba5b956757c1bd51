/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See keys.h. The table is that of OpenAPI 3.1, sections 4.8.1 to 4.8.27. */
#include "contract/keys.h"
#include "contract/suggest.h"
#include "contract/walk.h"

static const char *const known[PART_COUNT] = {
    [PART_DOCUMENT] = "openapi info jsonSchemaDialect servers paths webhooks components security "
                      "tags externalDocs",
    [PART_COMPONENTS] = "schemas responses parameters examples requestBodies headers "
                        "securitySchemes links callbacks pathItems",
    [PART_PATH_ITEM] = "$ref summary description get put post delete options head patch trace "
                       "servers parameters",
    [PART_OPERATION] = "tags summary description externalDocs operationId parameters requestBody "
                       "responses callbacks deprecated security servers",
    [PART_PARAMETER] = "$ref name in summary description required deprecated allowEmptyValue "
                       "style explode allowReserved schema example examples content",
    [PART_HEADER] = "$ref summary description required deprecated allowEmptyValue style explode "
                    "allowReserved schema example examples content",
    [PART_BODY] = "$ref summary description content required",
    [PART_MEDIA] = "schema example examples encoding",
    [PART_ENCODING] = "contentType headers style explode allowReserved",
    [PART_RESPONSE] = "$ref summary description headers content links",
    [PART_SECURITY_SCHEME] = "$ref type summary description name in scheme bearerFormat flows "
                             "openIdConnectUrl",
};

static void
check_member(struct sources *s, const cJSON *member, struct str names)
{
    struct suggest near = suggest_for(str_of(member->string));
    struct str name;
    while (str_split(&names, ' ', &name)) {
        if (str_eq(name, str_of(member->string)))
            return;
        suggest_offer(&near, name);
    }
    SOURCES_KEY_WARNING(s, member, "'%s' is not known here and has no effect%s", member->string,
                        suggest_text(s->arena, &near, ": remove it"));
}

static void
visit(void *context, enum walk_part part, cJSON *node)
{
    for (const cJSON *member = known[part] ? node->child : NULL; member; member = member->next)
        if (!tree_is_extension(member))
            check_member(context, member, str_of(known[part]));
}

void
keys_check(struct sources *s, cJSON *root)
{
    (void)walk_tree(PART_DOCUMENT, root, visit, s); /* too deep: told while bundling */
}
