/* SPDX-License-Identifier: Apache-2.0 */
#include "events/migrations.h"

#include "events/sql/bus_sql.h"
#include "events/sql/consumer_sql.h"
#include "events/sql/dead_sql.h"
#include "events/sql/event_sql.h"
#include "events/sql/operators_sql.h"
#include "events/sql/relay_sql.h"

const struct sql_module *const events_modules[] = { &sql_bus_module,
	                                            &sql_consumer_module,
	                                            &sql_dead_module,
	                                            &sql_event_module,
	                                            &sql_operators_module,
	                                            &sql_relay_module,
	                                            NULL };
