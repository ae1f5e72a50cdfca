/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOA_COMMERCE_PERSON_H
#define STOA_COMMERCE_PERSON_H

#include "service/person.h"

extern const struct person_data commerce_person;

#endif
