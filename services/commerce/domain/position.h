/* SPDX-License-Identifier: Apache-2.0 */
/* Where somebody is on the earth, and when that is worth writing down. Pure. */
#ifndef STOA_COMMERCE_DOMAIN_POSITION_H
#define STOA_COMMERCE_DOMAIN_POSITION_H

#include <stdbool.h>
#include <stdint.h>

struct position {
	double latitude;  /* degrees, -90 to 90, north positive */
	double longitude; /* degrees, -180 to 180, east positive */
};

/* Over the surface, metres; the earth is a ball here, which is wrong by less than one in a hundred. */
double position_distance_m(struct position a, struct position b);

enum { POSITION_KEPT_EVERY_S = 30, POSITION_KEPT_BEYOND_M = 100 };

/* Is a position worth keeping when `kept` was written down `age_us` ago: after 30 s, or 100 m away? */
bool position_is_news(struct position kept, int64_t age_us, struct position now);

#endif
