/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The REST face: an operation at its own path, in the media types that its contract names. */
#ifndef REST_REST_H
#define REST_REST_H

#include "contract/face.h"

extern const struct face rest_face;

#endif
