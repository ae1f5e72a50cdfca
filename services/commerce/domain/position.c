/* SPDX-License-Identifier: Apache-2.0 */
#include "commerce/domain/position.h"

#include <math.h>

#include "base/clock.h"

#define EARTH_RADIUS_M   6371000.0
#define RADIANS(degrees) ((degrees) * (3.14159265358979323846 / 180.0))

/* The haversine formula: exact for small distances, where the cosine rule loses its digits. */
double position_distance_m(struct position a, struct position b)
{
	double north = sin(RADIANS(b.latitude - a.latitude) / 2);
	double east = sin(RADIANS(b.longitude - a.longitude) / 2);
	double h = north * north + cos(RADIANS(a.latitude)) * cos(RADIANS(b.latitude)) * east * east;

	return 2 * EARTH_RADIUS_M * asin(sqrt(fmin(h, 1.0)));
}

bool position_is_news(struct position kept, int64_t age_us, struct position now)
{
	return age_us >= POSITION_KEPT_EVERY_S * US_PER_S || position_distance_m(kept, now) >= POSITION_KEPT_BEYOND_M;
}
