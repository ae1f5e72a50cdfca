/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this package share: the process (made before any thread, then only read, but for its flags), a host
 * per loop, and the door's half of a request.
 */
#ifndef STOA_SERVICE_INTERNAL_H
#define STOA_SERVICE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "auth/rate_limit.h"
#include "base/buf.h"
#include "base/list.h"
#include "events/bus.h"
#include "http/pack.h"
#include "service/app.h"
#include "service/heartbeat.h"
#include "service/host/part.h"
#include "service/host/stats.h"
#include "service/platform.h"
#include "telemetry/trace.h"

/* ---- Routes ------------------------------------------------------------------------------------ */

/* A row, and what follows from it. */
struct route_entry {
	const struct route *route;
	const char *name;
	void (*run)(struct request *req);
	const struct schema *query, *body, *reply; /* NULL: none */
	const struct schema_field *version;        /* of the reply, for its ETag; NULL: it has none */
	const struct get_shapes *get;              /* NULL: no GET that gives JSON */
	int status;
	bool secret;     /* so is something in the reply: it is stored sealed */
	const char *tag; /* the service, or "system" */
	size_t index;
	bool probe; /* probes and the like: no limits, no log line, answered while starting */
};

/* What the door reads itself of a GET's query: ?fields=, and of a list the rest; `sort` is an order's number from 1. */
enum { FIELDS_MAX = 64, FIELD_NAME_MAX = 64 };

struct get_query {
	struct str_list fields;
	struct opt_i64 limit;
	struct str cursor;
	int include;
	int sort;
};

struct page_total {
	int64_t count;
	bool exact;
};

/* A page of any items: lists of all shapes are laid out alike. */
struct page_value {
	struct {
		const void *items;
		size_t count;
	} data;
	bool has_more;
	struct str next_cursor;
	const struct page_total *total; /* NULL: not asked for */
};

/* get_shapes.c: what a GET takes and gives, made of its row. */
struct get_shapes {
	struct schema query; /* what the handler takes, and behind it a struct get_query */
	size_t query_offset;
	const struct schema *gives; /* of a list: of struct page_value */
	struct choice sorts;
};
const struct get_shapes *get_shapes_make(struct arena *arena, const struct route *route);
/* The shape of a list's pages of these items. */
const struct schema *page_shape(struct arena *arena, const struct schema *item);

/* Every route of an audience in one router, read by all threads. */
struct route_table {
	struct arena *arena;
	struct router *router;
	struct route_entry *entries;
	size_t count;
	size_t body_max; /* the largest of them */
};

extern const struct routes system_routes;  /* health.c */
extern const struct routes audit_routes;   /* audit_list.c, in admin APIs */
extern const struct routes openapi_routes; /* docs.c */
extern const struct routes docs_routes;    /* docs.c, in APIs */

/* What a process of this kind serves: the system's, the kind's own, and those of `services` for its audience. A row that
 * contradicts itself, or a path taken twice (by whatever names in braces), ends the process (2) with a line that names the row. */
void route_table_init(struct route_table *table, const struct app_kind *kind, const struct service *const *services);
void route_table_done(struct route_table *table);
/* A route whose permission no service lists would be closed to everybody, without a word: ends the process likewise. */
void route_table_check_permissions(const struct route_table *table, const struct permissions *permissions);
/* So does one that yields to a consumer which there is not. */
void route_table_check_yields(const struct route_table *table, struct subscriptions subscriptions);
/* Finds at start what would fail at a request. 0, or -1: *why says in one line what contradicts what. */
MUST_CHECK int route_check(const struct route *route, char *why, size_t size);
bool route_is_keyed(const struct route *route); /* takes an Idempotency-Key */
struct route_tables subject_routes(const struct subject *subject, enum audience audience);
bool service_has_routes(const struct service *service, enum audience audience);

/* What is the same for everybody: written and packed when it is first asked for, by coding. */
enum { DOCUMENT_OWN, DOCUMENT_PUBLIC, DOCUMENT_ADMIN, DOCUMENT_COUNT };
struct document {
	struct buf variants[HTTP_CODING_COUNT];
};

/* ---- The process ------------------------------------------------------------------------------- */

enum { ORIGINS_MAX = 32, REDIS_URL_MAX = 1024, CONNINFO_MAX = 2048 };

struct process {
	const struct app_kind *kind;
	struct permissions *permissions; /* of all known services */
	const struct service *const *services_known;
	const struct service *services[PLATFORM_LIST_MAX]; /* hosted */
	const struct migration_set *sets[PLATFORM_LIST_MAX];
	const struct sql_module *modules[PLATFORM_LIST_MAX];
	struct subscriptions subscriptions;     /* hosted */
	struct subscriptions subscriptions_all; /* known, for the relay's rewind */
	struct config config;
	const void *configs[PLATFORM_LIST_MAX]; /* by services_known */
	char conninfo[CONNINFO_MAX];
	char redis_url[REDIS_URL_MAX]; /* "": none */
	struct str origins[ORIGINS_MAX];
	size_t origin_count;
	struct http_budget bodies; /* of all loops */
	struct rate_rule limit;    /* of the kind; quota 0: none */
	struct str token_secret;
	struct str cursor_secret;
	struct service_key internal_key; /* INTERNAL_API_KEY */
	bool has_internal_key;
	struct arena *arena; /* of what lives as long as the process */
	struct route_table routes;
	struct document documents[DOCUMENT_COUNT]; /* docs.c */
	pthread_mutex_t documents_lock;

	struct host *hosts;
	int host_count;
	int clients_max;      /* of a loop */
	int64_t started_us;   /* monotonic */
	struct uuid id;       /* of its row of stoa.process */
	bool clock_wrong;     /* the machine's is far from the database's; of the first loop */
	atomic_int state;     /* enum process_state */
	atomic_int connected; /* hosts that are connected to the database */
	atomic_int exit_code;
	atomic_int signals;
	pthread_mutex_t schema_lock;
	bool schema_ok;
	char schema_error[512];
};

/* 0, or 2: a line has been printed. */
MUST_CHECK int process_init(struct process *process, const struct app_kind *kind, const struct service *const *services,
                            const struct config *config, struct str only_services);
void process_done(struct process *process);
void documents_done(struct process *process); /* docs.c */
/* Begins to drain every loop; callable from the first loop's thread. */
void process_drain(struct process *process, int exit_code);
/* services.c: reads those of all known services; 0, or 2: a line has been printed. */
MUST_CHECK int process_read_configs(struct process *process);
struct rate_rule process_rate_rule(const struct process *process, const struct rate_rule *rule);
/* Whether the schema stands; else *ret says what is missing, in the arena. */
bool process_schema(struct process *process, struct arena *arena, struct str *ret);

/* ---- One loop ---------------------------------------------------------------------------------- */

struct host {
	struct app app; /* what handlers see */
	struct process *process;
	int index;
	char name[192]; /* unlike any other loop's, of any process */
	pthread_t thread;
	struct http_packer *packer;
	struct buf packed; /* like out */
	struct buf out;    /* an answer's JSON, from writing to http_reply; never over a wait */
	struct stats stats;
	struct service_key_cache *keys;          /* admin API */
	struct list keyed;                       /* requests with an Idempotency-Key that are running */
	struct revocations *revocations;         /* with an audience */
	struct bus *bus;                         /* worker */
	void *service_states[PLATFORM_LIST_MAX]; /* by the services hosted */
	void *own[PARTS_MAX];                    /* by the kind's parts */
	bool served;
	struct wait_queue started; /* requests that came too early */
	int held;                  /* of them */
	struct loop_post drain_post;
	struct loop_post serve_post;
	uv_timer_t drain_timer;
	uv_signal_t on_term, on_int;
	bool signals_open;
	int parts_draining;
	int64_t drain_until_us;
	int64_t stop_until_us; /* once everything was cancelled */
};

#define HOST_OF(app_) CONTAINER_OF((app_), struct host, app)

/* 0 or a negative errno of listening. */
MUST_CHECK int host_open(struct host *host);
void host_run(struct host *host); /* until drained; closes everything */
void host_watch_signals(struct host *host);
/* The schema stands: start the parts that need it. On the host's thread. */
void host_serve(struct host *host);

/* startup.c: the task that waits for database and schema, then has every host serve. */
void startup_begin(struct host *host);

/* ---- One request ------------------------------------------------------------------------------- */

enum { REPLY_HEADERS_MAX = 24, QUERY_PAIRS_MAX = 64, CONFLICT_RETRIES = 3 };

struct idempotency_key {
	struct list node; /* of the host's */
	bool given;
	bool searched; /* the handler's turn has come: what it answers counts */
	struct str key;
	struct uuid scope;
	uint8_t fingerprint[32];
};

/* What a handler adds to its row of the audit trail. */
struct audit_note {
	struct opt_uuid actor;
	struct str role;
	struct str before; /* JSON */
};

struct request_state {
	struct request req;
	struct host *host;
	const struct http_request *http;
	const struct route_entry *entry; /* NULL: no such route */
	struct trace trace;
	struct actor actor;
	struct route_match match;
	struct uuid ids[ROUTE_PARAMS_MAX];
	struct http_pair *pairs; /* of the query */
	size_t pair_count;
	const struct schema *shown; /* the answer as ?fields= wants it; NULL: whole */
	struct {
		struct str first;
		unsigned lines;
	} in[REQUEST_HEADER_COUNT]; /* headers.c */
	struct http_header headers[REPLY_HEADERS_MAX];
	size_t header_count;
	size_t header_mark; /* those a repeated attempt keeps: none of their values is in the arena */
	uint64_t sent;      /* members of the body: json_read_sent */
	struct idempotency_key idempotency;
	struct audit_note audit;
	struct str location, etag;
	int64_t version;       /* of what the answer shows; 0: none */
	bool version_checked;  /* request_check_version() was called .. */
	int64_t version_seen;  /* .. with this */
	const void *unpatched; /* a PATCH that changes nothing: its target, as it was before the handler went on */
	bool limits_taken, yielded;
	const char *subprotocol;
	enum http_coding coding; /* in which the body is given already */
	char vary[64];
	size_t vary_len;
	char limit_policy[160], limit_state[160],
	        retry_after[24]; /* here and not in the arena, which a repeated attempt resets */
	size_t limit_policy_len, limit_state_len;
};

/* door.c */
http_handler door_handle;

/* headers.c */
void headers_open(struct request_state *state);        /* finds those we know */
void headers_check(const struct request_state *state); /* refuses those that stand more often than they may */
struct str headers_of_scripts(void);                   /* for Access-Control-Allow-Headers */

/* gate.c: what is asked before anything is parsed. Each ends the attempt by refusing. */
void gate_cors(struct request_state *state);
bool gate_preflight(struct request_state *state, unsigned allowed); /* answered? */
void gate_limits(struct request_state *state);
void gate_token(struct request_state *state);
void gate_revocation(struct request_state *state);
bool gate_key(struct request_state *state); /* gate_key.c; came with one? */

/* revocations.c: logins and keys that ended before their tokens expire; their sockets and streams end with them. */
struct revocations *revocations_open(struct host *host); /* its task ends with the loop's */
void revocations_close(struct revocations *list);
/* Whether the login or key of that id was revoked, as of a moment ago (1.5 s at most). May wait; unavailable when the
 * database does not tell. */
bool revoked(struct revocations *list, struct uuid id);
void revocations_purge(struct db *db, int64_t now_us); /* in a task */

/* parse.c: path, query and body into structs. */
void parse_captures(struct request_state *state);
void parse_preconditions(struct request_state *state);
void parse_query(struct request_state *state);
void parse_body(struct request_state *state);
bool schema_all_optional(const struct schema *schema); /* such a body may be left out */
const struct schema_field *schema_field_find(const struct schema *schema, struct str name); /* or NULL */

/* idempotency.c */
void idempotency_open(struct request_state *state);  /* the header; refuses, also while another request with it runs */
void idempotency_close(struct request_state *state); /* it no longer runs */
bool idempotency_replay(
        struct request_state *state); /* the stored answer sent, if there is one; refuses another request's */
void idempotency_add(struct request_state *state, struct tx *tx, int status, struct str body);
/* The handler failed: a refusal is kept for retries, and if a twin was first its answer is sent instead (true). May
 * replace *failure by what then has to be answered. Ends no attempt. */
bool idempotency_settle(struct request_state *state, struct failure *failure);
void idempotency_fingerprint(uint8_t ret[32], struct str secret, const struct http_request *http);
/* Whose key it is: the account's; where anyone may come without one, the network's on this route. */
struct uuid idempotency_scope(const struct route_entry *entry, const struct actor *actor, struct str network);
/* Deletes what is older than a day, batch by batch. In a task. */
void idempotency_purge(struct db *db, int64_t now_us);

bool schema_has_secrets(const struct schema *schema);
/* audit.c: the row beside a change, on the admin side; `body` is the answer's JSON, `value` what it was written from
 * (NULL: none).
 */
void audit_add(struct request_state *state, struct tx *tx, int status, const void *value, struct str body);
/* A refusal, on routes that say so; may replace *failure when the client left meanwhile. Ends no attempt. */
void audit_refusal(struct request_state *state, struct failure *failure);

/* reply.c */
void state_header(struct request_state *state, const char *name, struct str value);
/* Removes the headers of a success that did not happen: ETag, Location, Link. */
void state_forget_answer(struct request_state *state);
void state_vary(struct request_state *state, const char *name); /* one more header that the answer depends on */
/* A text with a tag, in that coding already or (HTTP_CODING_NONE) to be packed as any other. */
void reply_text(struct request *req, struct str body, enum http_coding coding, uint64_t hash);
void reply_send(struct request_state *state, int status, const char *content_type, struct str body);
void reply_problem(struct request_state *state, const struct failure *failure);
struct str problem_body(struct request_state *state, const struct failure *failure); /* in the host's buffer */

/* html.c: forms of pages, on routes whose row has .form. Answers to them are pages. */
bool form_posted(struct request_state *state);
void form_read(struct request_state *state); /* into req.input; refuses */
void form_done(struct request_state *state);
void form_refused(struct request_state *state, const struct failure *failure);

/* page.c: req->page; refuses a cursor that is not the list's. */
void page_open(struct request *req, const struct get_query *query);
struct str page_scope(struct arena *arena, struct str route, const struct actor *actor, const struct http_pair *pairs,
                      size_t count);

/* descriptors.c: raises the process's limit as far as it may; how many clients a loop can have then. */
int descriptors_share(const struct process *process);

/* fault.c: test points. STOA_FAULT=step or step:n makes the process kill itself at the step's n-th passing; only with
 * STOA_ENV=test. */
void fault_arm(const struct config *config);
void fault_point(const char *area, const char *step);

extern const struct problem problem_upgrade_required;

#endif
