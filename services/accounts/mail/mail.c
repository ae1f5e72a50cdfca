/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a row to a file. The file is written before the commit, and its name is the mail's id. A worker that dies in
 * between leaves a file and an open row; the next one writes the same bytes under the same name again. The program that
 * sends the files must drop duplicates by Message-ID, for the same reason.
 */
#include "accounts/mail/mail.h"

#include "accounts/accounts.h"
#include "accounts/config.h"
#include "accounts/mail/events.h"
#include "accounts/mail/spool.h"
#include "accounts/mail/templates.h"
#include "base/clock.h"
#include "service/app.h"

SCHEMA_DEFINE(MAIL_EVENT_SHAPES)
MAIL_EVENTS(EVENT_DEFINE)

void mail_send_(struct tx *tx, const struct sql_mail_insert_params *mail)
{
	sql_mail_insert_(tx, mail);
	emit(tx, mail_requested, mail->id, 1, &(struct mail_requested_data){ .mail_id = mail->id });
}

struct writing {
	const char *folder, *name;
	struct str text;
	int result;
};

static void write_file(void *arg)
{
	struct writing *writing = arg;

	writing->result = spool_write(writing->folder, writing->name, writing->text);
}

static void write_message(const struct accounts_config *config, const struct message *message)
{
	struct str text = message_write(task_arena(), message);
	struct writing writing = {
		.folder = config->mail_spool,
		.name = str_cstr(task_arena(),
		                 str_printf(task_arena(), "%.*s.eml", STR_ARG(uuid_text(task_arena(), message->id)))),
		.text = text,
	};

	if (str_is_null(text))
		refuse(&problem_bad_request, "the address of the sender or the recipient is not allowed in a header");
	if (!*config->mail_spool)
		fail("STOA_MAIL_SPOOL is not set: mail cannot be written");
	task_offload(write_file, &writing);
	if (writing.result)
		fail("a mail could not be written to %s: %s", config->mail_spool, strerror(-writing.result));
}

static bool is_wanted(enum mail_template_to to, const struct sql_mail_find_row *mail)
{
	switch (to) {
	case MAIL_TO_KNOWN:
		return mail->known;
	case MAIL_TO_UNVERIFIED:
		return mail->known && !mail->verified;
	case MAIL_TO_UNKNOWN:
		return !mail->taken;
	case MAIL_TO_ANYONE:
		break;
	}
	return true;
}

/* Writes one message into the spool, or drops it when no account has the address. */
CONSUMER(deliver_mail, mail_requested)
{
	const struct accounts_config *config = service_config(consumption->app, accounts);
	const struct sql_mail_find_row *mail = sql_mail_find(consumption->db, .id = data->mail_id);

	if (!mail || mail->settled_at.set)
		return;
	const struct mail_template *template = mail_template_find(mail->template);

	if (!template)
		refuse(&problem_bad_request, "there is no template %.*s", STR_ARG(mail->template));
	struct str secret = mail->secret;

	if (template->known && mail->known) {
		template = mail_template_find(str_from(template->known));
		secret = STR_NULL;
	}
	bool wanted = is_wanted(template->to, mail);

	if (wanted)
		write_message(config, &(struct message){
		                              .template = template,
		                              .id = data->mail_id,
		                              .from = config->mail_from,
		                              .site = str_eq(mail->audience, STR("admin")) ? config->admin_url
		                                                                           : config->public_url,
		                              .to = mail->recipient,
		                              .secret = secret,
		                              .at_us = mail->requested_at,
		                      });
	sql_mail_settle(consumption->tx, .id = data->mail_id, .outcome = wanted ? STR("sent") : STR("dropped"),
	                .now = task_now_us());
}

/* ---- Tables ----------------------------------------------------------------------------------- */

static const struct subscription subscriptions[] = {
	/* An operator must repair a spool that cannot be written: the event is tried for hours before it is given up.
	 */
	{
	        .name = "accounts.deliver_mail",
	        .consumer = &deliver_mail_consumer,
	        .retry = { .attempts = 30, .base_us = 2 * US_PER_S, .cap_us = 600 * US_PER_S },
	},
};

const struct subject mail_subject = {
	.name = "mail",
	.sql = LIST(const struct sql_module *const, &sql_mail_module),
	.subscriptions = SUBSCRIPTIONS(subscriptions),
	.events = &(const struct event_types)EVENT_TYPES(MAIL_EVENTS),
};
