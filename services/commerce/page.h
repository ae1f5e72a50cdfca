/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of commerce's lists: as everywhere. */
#ifndef STOA_COMMERCE_PAGE_H
#define STOA_COMMERCE_PAGE_H

#include "service/place.h"

#endif
