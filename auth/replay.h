/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may be used once: nonces and signed messages, remembered until they would be too old
 * anyway. One memory for all workers, bounded, and closed when it is full: what cannot be
 * remembered is not let in.
 */
#ifndef AUTH_REPLAY_H
#define AUTH_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct replay;

enum replay_answer { REPLAY_NEW, REPLAY_SEEN, REPLAY_FULL };

/* Room for so many at once (about 40 bytes each). NULL: no memory. */
struct replay *replay_new(size_t entries);
/* No thread may be using it. NULL is allowed. */
void replay_free(struct replay *r);
/* NEW, and remembered until `expires`; SEEN; or FULL, which is to be refused like SEEN. id: a
 * SHA-256 of what must not come twice, and of what it is. Times: UTC in us. Thread-safe. */
enum replay_answer replay_check(struct replay *r, const uint8_t id[32], int64_t expires,
                                int64_t now) __attribute__((warn_unused_result));
/* UTC in us: what was made before then may have been used before, and nobody would know. */
int64_t replay_since(const struct replay *r);

#endif
