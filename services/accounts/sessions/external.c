/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Login with an external identity provider: its ID token is exchanged for a pair of our tokens; after that the login is
 * like any other. The account is found by (issuer, subject). If there is none, an e-mail address that the provider has
 * verified links to the account that has it, or creates one.
 *
 * An account whose address was never confirmed loses its password and its logins when it is linked: its creator may
 * have registered the address of another person.
 */
#include "accounts/account.h"
#include "accounts/accounts.h"
#include "accounts/config.h"
#include "accounts/credentials/one_time_token.h"
#include "accounts/permissions.h"
#include "accounts/sessions/identities_sql.h"
#include "accounts/sessions/session.h"
#include "accounts/sessions/tokens_sql.h"
#include "auth/jwks_source.h"
#include "auth/password.h"
#include "base/encode.h"
#include "base/unicode.h"
#include "service/app.h"
#include "json/text.h"

enum { NAME_MAX_POINTS = 200, EMAIL_MAX = 254 };

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
	    !email_format.accepts(claims->email))
		refuse(&problem_unverified_email, "confirm an e-mail address with the provider first");
	return str_lower(task_arena(), claims->email);
}

/* The name in its clean form, if it fits; else the beginning of the address. */
static struct str claimed_name(const struct id_claims *claims, struct str email)
{
	struct str name = claims->name;

	if (unicode_line(task_arena(), &name) || !name.len || utf8_count(name) > NAME_MAX_POINTS)
		return str_cut(&email, '@');
	return name;
}

HANDLER(external_login, external_login, session_view)
{
	struct str issuer = str_from(service_config(req->app, accounts)->oidc_issuer);
	struct id_claims claims = token_claims_of(req, input->id_token);
	const struct sql_identity_find_row *known =
	        sql_identity_find(req->db, .issuer = issuer, .subject = claims.subject);
	struct str email = known ? STR_NULL : verified_email(&claims);
	const struct sql_account_row *found =
	        known ? sql_account_get(req->db, .id = known->account_id)
	              : sql_account_by_email(req->db, .audience = audience_text(req), .email = email);
	struct sql_account_row account = found ? *found : account_new(req, audience_text(req));

	if (account.disabled)
		refuse(&problem_invalid_credentials, "the account is disabled");
	struct tx *tx = tx_collect(req->db);

	if (!found) {
		account.email = email;
		account.name = claimed_name(&claims, email);
		account.role = str_from(role_customer.name);
		account.email_verified = true;
		account_add(tx, &account, str_from(password_nobody));
	}
	if (!known)
		sql_identity_insert(tx, .issuer = issuer, .subject = claims.subject, .account_id = account.id,
		                    .email = account.email, .now = req->now_us);
	if (!known && !account.email_verified) {
		sql_identity_account_claim(tx, .id = account.id, .version = account.version,
		                           .password_hash = str_from(password_nobody), .now = req->now_us);
		sql_refresh_account_revoke(tx, .account_id = account.id, .life_us = token_life_us(req),
		                           .now = req->now_us);
		one_time_token_void_all(tx, account.audience, account.email, req->now_us);
		account.email_verified = true;
	}
	struct session_view session = session_add(req, tx, &account, STR_NULL);
	const struct tx_refusal *refusal = reply_try_commit(req, tx, &session);

	/* Of two first logins at once, the second finds what the first created. */
	if (refusal && refusal->kind != TX_UNIQUE && refusal->kind != TX_EXPECTATION)
		fail("the constraint %.*s refused an external login", STR_ARG(refusal->constraint));
	if (refusal)
		fail_conflict("another request created the account or its link");
}

/* clang-format off */
static const struct route external_rows[] = {
	{ POST("/api/auth/external", external_login),
	  .doc = "Logs in: exchanges an external identity provider's ID token for a pair of tokens; creates the account if "
	         "there is none.",
	  .needs = &permission_anyone, .limit = &login_rate_rule,
	  .problems = PROBLEMS(&problem_no_identity_provider, &problem_invalid_id_token, &problem_unverified_email,
	                       &problem_invalid_credentials) },
};
/* clang-format on */

const struct routes external_routes = ROUTES(external_rows);
