/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The face to callers that speak SOAP 1.1 or 1.2. The version is the envelope's; the operation is
 * the element in its Body, whatever the action says. face_request.service is a struct service.
 */
#ifndef SOAP_FACE_H
#define SOAP_FACE_H

#include "contract/face.h"

extern const struct face soap_face;

#endif
