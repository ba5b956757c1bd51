/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A value that a caller chose stands in a path as one segment, and must not lead out of it. A
 * percent-encoded slash is no separator (RFC 3986 section 2.2), but not every backend knows.
 */
#ifndef GATEWAY_SEGMENT_H
#define GATEWAY_SEGMENT_H

#include "base/str.h"

/* decoded: neither empty, nor with "." or ".." as a whole, or between slashes or backslashes. */
bool segment_is_safe(struct str decoded);

#endif
