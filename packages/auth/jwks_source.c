/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/jwks_source.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"
#include "task/task.h"
#include "telemetry/log.h"

enum { CONNECT_MAX_MS = 2000, FETCH_MAX_MS = 3000 };
#define LIFE_MIN_US     (5 * 60 * US_PER_S)
#define LIFE_MAX_US     (24 * 3600 * US_PER_S)
#define LIFE_DEFAULT_US (3600 * US_PER_S)
#define RETRY_US        (60 * US_PER_S) /* there are keys: for newer ones, or one that is missing */
#define RETRY_BARE_US   (5 * US_PER_S)  /* there are none */

struct jwks_source {
	struct loop *loop;
	const char *url;
	struct jwks *keys; /* NULL: none to be had */
	struct jwks_age age;
	bool fetching;
	struct wait_queue waiting;
};

/* ---- When ---------------------------------------------------------------------------------------- */

static bool is_recent(int64_t at_us, int64_t span_us, int64_t now_us)
{
	return at_us && now_us < at_us + span_us;
}

enum jwks_step jwks_next(struct jwks_age *age, bool known, int64_t now_us)
{
	if (!is_recent(age->fetched_at, LIFE_MAX_US, now_us))
		return is_recent(age->tried_at, RETRY_BARE_US, now_us) ? JWKS_AWAY : JWKS_FETCH;
	if (now_us >= age->expires_at)
		return is_recent(age->tried_at, RETRY_US, now_us) ? JWKS_USE : JWKS_FETCH;
	if (known || is_recent(age->missed_at, RETRY_US, now_us))
		return JWKS_USE;
	age->missed_at = now_us;
	return JWKS_FETCH;
}

int64_t jwks_life(struct str cache_control)
{
	while (!str_is_null(cache_control)) {
		struct str part = str_trim(str_cut(&cache_control, ','));
		struct str name = str_cut(&part, '=');
		int64_t seconds;

		if (!str_eq_nocase(name, STR("max-age")) || str_is_null(part) || str_to_i64(part, &seconds))
			continue;
		if (seconds >= LIFE_MAX_US / US_PER_S)
			return LIFE_MAX_US;
		return seconds <= LIFE_MIN_US / US_PER_S ? LIFE_MIN_US : seconds * US_PER_S;
	}
	return LIFE_DEFAULT_US;
}

/* ---- Fetching: on the pool, so plain blocking calls ----------------------------------------------- */

struct fetch {
	const char *url;
	struct buf body;
	struct jwks *keys; /* NULL: failed */
	int64_t life_us;
	char error[160];
};

static size_t on_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct fetch *fetch = arg;

	buf_append(&fetch->body, bytes, size * count);
	return fetch->body.overflow ? 0 : size * count;
}

/* To this machine, whatever may stand before an @. */
static bool is_local(struct str url)
{
	static const struct str scheme = STR("http://"), hosts[] = { STR("127.0.0.1"), STR("localhost"), STR("[::1]") };

	if (!str_starts(url, scheme))
		return false;
	struct str rest = str_slice(url, scheme.len, url.len), authority = str_cut(&rest, '/');

	for (size_t i = 0; i < ARRAY_COUNT(hosts); i++)
		if (str_starts(authority, hosts[i]) && !str_has_char(authority, '@') &&
		    (authority.len == hosts[i].len || authority.ptr[hosts[i].len] == ':'))
			return true;
	return false;
}

bool jwks_url_allowed(struct str url)
{
	return str_starts(url, STR("https://")) || is_local(url);
}

static bool set_options(CURL *curl, struct fetch *fetch)
{
	const char *protocols = is_local(str_from(fetch->url)) ? "http,https" : "https";

	/* An empty proxy keeps libcurl from looking for one in the environment. */
	return !curl_easy_setopt(curl, CURLOPT_URL, fetch->url) &&
	       !curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols) &&
	       !curl_easy_setopt(curl, CURLOPT_PROXY, "") && !curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) &&
	       !curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) &&
	       !curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MAX_MS) &&
	       !curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)FETCH_MAX_MS) &&
	       !curl_easy_setopt(curl, CURLOPT_USERAGENT, "stoa") &&
	       !curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes) &&
	       !curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetch);
}

static void take_answer(CURL *curl, struct fetch *fetch)
{
	struct curl_header *header = NULL;
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200) {
		snprintf(fetch->error, sizeof(fetch->error), "it answered %ld", status);
		return;
	}
	fetch->keys = jwks_parse(buf_view(&fetch->body));
	if (!fetch->keys)
		snprintf(fetch->error, sizeof(fetch->error), "its answer has no key that can be used");
	if (curl_easy_header(curl, "Cache-Control", 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
		header = NULL;
	fetch->life_us = jwks_life(header ? str_from(header->value) : STR_NULL);
}

static void run_fetch(void *arg)
{
	struct fetch *fetch = arg;
	CURL *curl = curl_easy_init();

	if (!curl || !set_options(curl, fetch)) {
		snprintf(fetch->error, sizeof(fetch->error), "no request could be made");
	} else {
		CURLcode code = curl_easy_perform(curl);

		if (fetch->body.overflow)
			snprintf(fetch->error, sizeof(fetch->error), "its answer is longer than %d bytes",
			         JWKS_TEXT_MAX);
		else if (code)
			snprintf(fetch->error, sizeof(fetch->error), "%s", curl_easy_strerror(code));
		else
			take_answer(curl, fetch);
	}
	curl_easy_cleanup(curl);
}

/* ---- The source ----------------------------------------------------------------------------------- */

static void curl_begin(void)
{
	CHECK(!curl_global_init(CURL_GLOBAL_DEFAULT));
}

struct jwks_source *jwks_source_new(struct loop *loop, const char *url)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct jwks_source *source = calloc(1, sizeof(*source));

	CHECK(source);
	pthread_once(&once, curl_begin);
	source->loop = loop;
	source->url = url;
	wait_queue_init(&source->waiting);
	return source;
}

void jwks_source_free(struct jwks_source *source)
{
	if (!source)
		return;
	jwks_free(source->keys);
	free(source);
}

static void settle(struct jwks_source *source, struct fetch *fetch)
{
	int64_t now_us = clock_mono_us();

	source->age.tried_at = now_us;
	if (fetch->keys) {
		jwks_free(source->keys);
		source->keys = fetch->keys;
		source->age.fetched_at = now_us;
		source->age.expires_at = now_us + fetch->life_us;
	} else {
		log_warn("the identity provider's keys cannot be had: %s", fetch->error);
	}
	buf_done(&fetch->body);
	source->fetching = false;
	wait_queue_wake_all(&source->waiting);
}

static void fetch_offloaded(void *arg)
{
	task_offload(run_fetch, arg);
}

/* A task of its own, which nobody's leaving cancels. */
static void fetch_once(void *arg)
{
	struct jwks_source *source = arg;
	struct fetch fetch = { .url = source->url };

	buf_init(&fetch.body, JWKS_TEXT_MAX);
	struct failure failure = task_attempt(fetch_offloaded, &fetch);

	if (failure.kind && !fetch.error[0])
		snprintf(fetch.error, sizeof(fetch.error), "%.*s", STR_ARG(failure.detail));
	settle(source, &fetch);
}

static void fetch_begin(struct jwks_source *source)
{
	if (source->fetching)
		return;
	if (!task_spawn(source->loop, &(struct task_options){ .name = "identity provider's keys", .background = true },
	                fetch_once, source))
		fail_unavailable(1, "no task for the identity provider's keys");
	source->fetching = true;
}

const struct jwks *jwks_source_get(struct jwks_source *source, struct str kid)
{
	bool known = source->keys && jwks_has(source->keys, kid);

	if (jwks_next(&source->age, known, clock_mono_us()) == JWKS_FETCH) {
		fetch_begin(source);
		wait_queue_wait(&source->waiting);
	}
	if (!is_recent(source->age.fetched_at, LIFE_MAX_US, clock_mono_us()))
		fail_unavailable(5, "the identity provider's keys cannot be had");
	return source->keys;
}
