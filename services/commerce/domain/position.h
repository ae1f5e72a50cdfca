/* SPDX-License-Identifier: Apache-2.0 */
/* Positions on the earth, and when a position is worth storing. Pure. */
#ifndef STOA_COMMERCE_DOMAIN_POSITION_H
#define STOA_COMMERCE_DOMAIN_POSITION_H

#include <stdbool.h>
#include <stdint.h>

struct position {
	double latitude;  /* degrees, -90 to 90, north positive */
	double longitude; /* degrees, -180 to 180, east positive */
};

/* The distance over the surface in metres. The earth is taken as a sphere; the error is below 1 %. */
double position_distance_m(struct position a, struct position b);

enum { POSITION_KEPT_EVERY_S = 30, POSITION_KEPT_BEYOND_M = 100 };

/* Whether a position is worth storing, when `kept` was stored `age_us` ago: after 30 s, or 100 m away. */
bool position_is_news(struct position kept, int64_t age_us, struct position now);

#endif
