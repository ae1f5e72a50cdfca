/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOA_ACCOUNTS_PERSON_H
#define STOA_ACCOUNTS_PERSON_H

#include "service/person.h"

extern const struct person_data accounts_person;

#endif
