/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login with an external identity provider: its ID token is exchanged for a pair of our tokens; after that the login is
 * like any other. The account is found by (issuer, subject). If there is none, an e-mail address that the provider has
 * verified links to the account that has it, or creates one.
 *
 * An account whose address was never confirmed loses its password and its logins when it is linked: its creator may
 * have registered the address of another person.
 */
#include "accounts/accounts.h"
#include "accounts/accounts_sql.h"
#include "accounts/api.h"
#include "accounts/config.h"
#include "accounts/credentials/credentials_api.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/permissions.h"
#include "accounts/rate_rules.h"
#include "accounts/sessions/identities_sql.h"
#include "accounts/sessions/routes.h"
#include "accounts/sessions/session.h"
#include "accounts/sessions/tokens_sql.h"
#include "auth/jwks_source.h"
#include "auth/password.h"
#include "base/encode.h"
#include "service/app.h"
#include "json/text.h"

enum { NAME_MAX_POINTS = 200, EMAIL_MAX = 254 };

SCHEMA_TABLE(external_login, EXTERNAL_LOGIN, "An ID token of an external identity provider")

void *provider_open(struct app *app)
{
	const struct accounts_config *config = service_config(app, accounts);

	if (app->kind->audience != AUDIENCE_PUBLIC || !*config->oidc_issuer)
		return NULL;
	return jwks_source_new(app->loop, config->oidc_jwks_url);
}

void provider_close(void *state)
{
	jwks_source_free(state);
}

static const char *verdict_text(enum token_verdict verdict)
{
	static const char *const texts[] = {
		[TOKEN_MALFORMED] = "it is not an ID token",
		[TOKEN_BAD_SIGNATURE] = "its signature matches none of the provider's keys",
		[TOKEN_EXPIRED] = "it has expired, or is not valid yet",
		[TOKEN_FOREIGN] = "its issuer or its audience is another one",
	};

	return texts[verdict];
}

static struct id_claims token_claims_of(struct request *req, struct str token)
{
	const struct accounts_config *config = service_config(req->app, accounts);
	struct jwks_source *provider = service_state(req->app, accounts);
	const struct id_rules rules = { str_from(config->oidc_issuer), str_from(config->oidc_audience) };
	struct id_claims claims;
	struct str kid;

	if (!provider)
		refuse(&problem_no_identity_provider, "log in with password or code");
	if (!id_token_kid(task_arena(), token, &kid))
		refuse(&problem_invalid_id_token, "%s", verdict_text(TOKEN_MALFORMED));
	const struct jwks *keys = jwks_source_get(provider, kid);
	enum token_verdict verdict = id_token_verify(keys, &rules, task_arena(), token, req->now_us, &claims);

	if (verdict != TOKEN_VALID)
		refuse(&problem_invalid_id_token, "%s", verdict_text(verdict));
	return claims;
}

/* The e-mail address in lower case; refuses when the provider has not verified it, or our own rules do not allow it. */
static struct str verified_email(const struct id_claims *claims)
{
	if (!claims->email_verified || str_is_null(claims->email) || claims->email.len > EMAIL_MAX ||
	    !formats[JSON_FORMAT_EMAIL].accepts(claims->email))
		refuse(&problem_unverified_email, "confirm an e-mail address with the provider first");
	return str_lower(task_arena(), claims->email);
}

/* The name, if it has a length we allow and no character that ends a line; else the beginning of the address. */
static struct str claimed_name(const struct id_claims *claims, struct str email)
{
	struct str name = str_trim(claims->name);
	size_t points = 0;

	for (size_t i = 0; i < name.len; i++) {
		if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == 0x7f)
			return str_cut(&email, '@');
		points += (name.ptr[i] & 0xc0) != 0x80;
	}
	return points && points <= NAME_MAX_POINTS ? name : str_cut(&email, '@');
}

static void link_identity(struct request *req, struct tx *tx, const struct id_claims *claims, struct uuid account_id,
                          struct str email)
{
	sql_identity_insert(tx, .issuer = str_from(service_config(req->app, accounts)->oidc_issuer),
	                    .subject = claims->subject, .account_id = account_id, .email = email, .now = req->now_us);
}

/* Of two first logins at once, the second finds what the first created. */
static void external_commit(struct request *req, struct tx *tx, const struct session_view *session)
{
	const struct tx_refusal *refusal = reply_try_commit_plain(req, tx, session);

	if (!refusal)
		return;
	if (refusal->kind == TX_UNIQUE || refusal->kind == TX_EXPECTATION)
		fail_conflict("another request created the account or its link");
	fail("the constraint %.*s refused an external login", STR_ARG(refusal->constraint));
}

static void reply_session(struct request *req, struct tx *tx, const struct account_view *account)
{
	struct session_view session = session_add(
	        req, tx, &(struct login_grant){ .account = account, .family_id = uuid_new_v7(req->now_us) });

	external_commit(req, tx, &session);
}

static void external_log_in_new(struct request *req, const struct id_claims *claims, struct str email)
{
	struct account_view account = {
		.id = uuid_new_v7(req->now_us),
		.email = email,
		.name = claimed_name(claims, email),
		.role = str_from(role_customer.name),
		.email_verified = true,
	};
	struct tx *tx = tx_collect(req->db);

	sql_identity_account_insert(tx, .id = account.id, .email = account.email,
	                            .password_hash = str_from(password_nobody), .name = account.name,
	                            .role = account.role, .now = req->now_us);
	link_identity(req, tx, claims, account.id, email);
	account_emit_changed(tx, &account, audience_text(req), 1);
	reply_session(req, tx, &account);
}

static void external_log_in(struct request *req, const struct sql_account_row *row, const struct id_claims *unlinked)
{
	if (row->disabled_at.set)
		refuse(&problem_invalid_credentials, "the account is disabled");
	struct account_view account = account_view_of(row);
	struct tx *tx = tx_collect(req->db);

	if (unlinked)
		link_identity(req, tx, unlinked, row->id, row->email);
	if (unlinked && !row->email_verified_at.set) {
		sql_identity_account_claim(tx, .id = row->id, .version = row->version,
		                           .password_hash = str_from(password_nobody), .now = req->now_us);
		sql_refresh_account_revoke(tx, .account_id = row->id, .now = req->now_us);
		one_time_token_void_all(tx, row->audience, row->email, req->now_us);
		account.email_verified = true;
	}
	reply_session(req, tx, &account);
}

static void account_external(struct request *req)
{
	const struct external_login *cmd = req->body;
	struct id_claims claims = token_claims_of(req, cmd->id_token);
	const struct sql_identity_find_row *known =
	        sql_identity_find(req->db, .issuer = str_from(service_config(req->app, accounts)->oidc_issuer),
	                          .subject = claims.subject);

	if (known) {
		const struct sql_account_row *row = sql_account_find(req->db, .id = known->account_id);

		if (!row)
			fail("the account of an identity no longer exists");
		external_log_in(req, row, NULL);
		return;
	}
	struct str email = verified_email(&claims);
	const struct sql_account_row *row =
	        sql_account_by_email(req->db, .audience = audience_text(req), .email = email);

	if (row)
		external_log_in(req, row, &claims);
	else
		external_log_in_new(req, &claims, email);
}

/* ---- Routes ----------------------------------------------------------------------------------- */

static const struct problem *const external_problems[] = { &problem_no_identity_provider, &problem_invalid_id_token,
	                                                   &problem_unverified_email, &problem_invalid_credentials,
	                                                   NULL };

static const struct route external_rows[] = {
	{
	        .method = HTTP_POST,
	        .path = "/api/auth/external",
	        .name = "external_login",
	        .doc = "Logs in: exchanges an external identity provider's ID token for a pair of tokens; creates the "
	               "account if there is none.",
	        .plain = account_external,
	        .needs = &permission_anyone,
	        .body = &external_login_schema,
	        .reply = &session_view_schema,
	        .limit = &login_rate_rule,
	        .problems = external_problems,
	},
};
const struct routes external_routes = ROUTES(external_rows);
