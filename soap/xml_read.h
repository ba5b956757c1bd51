/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading below the codec's own interface: for message.c. */
#ifndef SOAP_XML_READ_H
#define SOAP_XML_READ_H

#include "soap/mime.h"
#include "soap/xml_table.h"

/* As xml_read, but *out is an object of the root elements that the document table knows; *unknown
 * counts the elements stepped over. */
enum fault_code xml_read_document(const struct xml_root *root, struct arena *a, struct str bytes,
                                  enum fault_code wrong, struct value *out, unsigned *unknown,
                                  struct fault *f) __attribute__((warn_unused_result));
/* The same of an MTOM message: its root, where xop:Include stands for a binary member's text. */
enum fault_code xml_read_package(const struct xml_root *root, struct arena *a, struct mime *package,
                                 enum fault_code wrong, struct value *out, unsigned *unknown,
                                 struct fault *f) __attribute__((warn_unused_result));

#endif
