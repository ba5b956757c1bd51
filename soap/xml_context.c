/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "soap/xml_context.h"

#include <libxml/parserInternals.h>
#include <pthread.h>
#include <stdlib.h>

enum { CONTEXTS = 16, NAMES_MAX = 4096 };

struct slot {
    xmlParserCtxt *parser; /* NULL: free, or handed out */
    unsigned serial;       /* of the codec */
    unsigned used;
};

struct thread_contexts {
    struct slot slots[CONTEXTS];
    unsigned clock;
    unsigned serial; /* of the one that is handed out */
};

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
free_contexts(void *contexts)
{
    struct thread_contexts *t = contexts;

    for (unsigned i = 0; i < CONTEXTS; i++)
        if (t->slots[i].parser)
            xmlFreeParserCtxt(t->slots[i].parser);
    free(t);
}

static void
make_key(void)
{
    (void)pthread_key_create(&key, free_contexts);
}

static struct thread_contexts *
contexts_get(void)
{
    struct thread_contexts *t;

    pthread_once(&once, make_key);
    t = pthread_getspecific(key);
    if (t)
        return t;
    t = calloc(1, sizeof(*t));
    if (t && pthread_setspecific(key, t) != 0) {
        free(t);
        return NULL;
    }
    return t;
}

void
xml_thread_fini(void)
{
    struct thread_contexts *t;

    pthread_once(&once, make_key);
    t = pthread_getspecific(key);
    if (!t)
        return;
    (void)pthread_setspecific(key, NULL);
    free_contexts(t);
}

static xmlParserCtxt *
context_new(const struct xml_codec *c, const xmlSAXHandler *handlers)
{
    xmlParserCtxt *x = xmlNewParserCtxt();
    xmlDict *names = x ? xmlDictCreateSub(c->names) : NULL;

    if (!names) {
        if (x)
            xmlFreeParserCtxt(x);
        return NULL;
    }
    xmlDictFree(x->dict);
    x->dict = names;
    x->str_xml = xmlDictLookup(names, xml_chars("xml"), 3);
    x->str_xmlns = xmlDictLookup(names, xml_chars("xmlns"), 5);
    x->str_xml_ns = xmlDictLookup(names, XML_XML_NAMESPACE, 36);
    *x->sax = *handlers;
    return x;
}

xmlParserCtxt *
xml_context_get(const struct xml_codec *c, const xmlSAXHandler *handlers)
{
    struct thread_contexts *t = contexts_get();

    if (!t)
        return NULL;
    t->serial = c->serial;
    for (unsigned i = 0; i < CONTEXTS; i++) {
        struct slot *s = &t->slots[i];

        if (s->parser && s->serial == c->serial) {
            xmlParserCtxt *x = s->parser;
            s->parser = NULL;
            return x;
        }
    }
    return context_new(c, handlers);
}

/* The free slot, or the one that was not used for longest. */
static struct slot *
slot_for(struct thread_contexts *t)
{
    struct slot *oldest = &t->slots[0];

    for (unsigned i = 0; i < CONTEXTS; i++) {
        if (!t->slots[i].parser)
            return &t->slots[i];
        if (t->slots[i].used < oldest->used)
            oldest = &t->slots[i];
    }
    return oldest;
}

void
xml_context_done(xmlParserCtxt *x, bool clean)
{
    struct thread_contexts *t = contexts_get();
    struct slot *s;

    if (!clean || !t || xmlDictSize(x->dict) > NAMES_MAX) {
        xmlFreeParserCtxt(x);
        return;
    }
    xmlCtxtReset(x); /* lets go of the bytes */
    x->nsNr = 0;
    s = slot_for(t);
    if (s->parser)
        xmlFreeParserCtxt(s->parser);
    *s = (struct slot){x, t->serial, ++t->clock};
}

#if LIBXML_VERSION < 21100
bool
xml_context_feed(xmlParserCtxt *x, char *bytes, size_t n)
{
    xmlParserInput *input = xmlNewInputStream(x);

    if (!input)
        return false;
    input->base = input->cur = xml_chars(bytes);
    input->end = xml_chars(bytes) + n;
    x->progressive = 1;     /* no more bytes will come: never look for them */
    x->replaceEntities = 1; /* or &amp; in an attribute comes as &#38;; no DTD can define others */
    return inputPush(x, input) >= 0;
}
#else
bool
xml_context_feed(xmlParserCtxt *x, char *bytes, size_t n)
{
    xmlParserInputBuffer *buffer =
        xmlParserInputBufferCreateMem(bytes, (int)n, XML_CHAR_ENCODING_NONE);
    xmlParserInput *input = buffer ? xmlNewIOInputStream(x, buffer, XML_CHAR_ENCODING_NONE) : NULL;

    if (!input) {
        if (buffer)
            xmlFreeParserInputBuffer(buffer);
        return false;
    }
    x->replaceEntities = 1;
    return inputPush(x, input) >= 0;
}
#endif
