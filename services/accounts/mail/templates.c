/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts/mail/templates.h"

#include <time.h>

#include "base/buf.h"
#include "base/check.h"
#include "base/clock.h"

enum { MESSAGE_MAX = 16 * 1024 };

static const struct mail_template templates[] = {
	{
	        .template = "register",
	        .to = MAIL_TO_UNKNOWN,
	        .known = "already_registered",
	        .subject = "Confirm your account",
	        .body = "Hello,\n\nsomebody wants to make an account with this address. If it was you, follow\n\n"
	                "    @LINK@\n\nwithin two days, or enter this token where you are asked for it:\n\n"
	                "    @SECRET@\n\nIf it was not you, do nothing: no account is made.\n",
	        .page = "/confirm-account",
	},
	{
	        .template = "already_registered",
	        .to = MAIL_TO_KNOWN,
	        .subject = "You have an account already",
	        .body = "Hello,\n\nsomebody wants to make an account with this address, which has one already.\n"
	                "If it was you, log in, or set a new password at\n\n    @LINK@\n\n"
	                "If it was not you, do nothing: the account stays as it is.\n",
	        .page = "/forgot-password",
	},
	{
	        .template = "verify_email",
	        .to = MAIL_TO_UNVERIFIED,
	        .subject = "Confirm your e-mail address",
	        .body = "Hello,\n\nan account was made with this address. To confirm that it is yours, follow\n\n"
	                "    @LINK@\n\nwithin two days, or enter this token where you are asked for it:\n\n"
	                "    @SECRET@\n\nIf it was not you, do nothing.\n",
	        .page = "/verify-email",
	},
	{
	        .template = "reset_password",
	        .to = MAIL_TO_KNOWN,
	        .subject = "Set a new password",
	        .body = "Hello,\n\nsomebody asked to set a new password for the account with this address.\n"
	                "If it was you, follow\n\n    @LINK@\n\nwithin an hour, or enter this token where you are "
	                "asked for it:\n\n    @SECRET@\n\nIf it was not you, do nothing: the password stays as it "
	                "is.\n",
	        .page = "/reset-password",
	},
	{
	        .template = "login_code",
	        .to = MAIL_TO_KNOWN,
	        .subject = "Your code to log in",
	        .body = "Hello,\n\nyour code to log in is\n\n    @SECRET@\n\nYou can use it once, within ten minutes. "
	                "Give it to nobody, not even to us.\nIf you did not ask for it, do nothing.\n",
	},
	{
	        .template = "change_email",
	        .to = MAIL_TO_ANYONE,
	        .subject = "Confirm your new e-mail address",
	        .body = "Hello,\n\nsomebody wants to use this address for an account here. If it was you, follow\n\n"
	                "    @LINK@\n\nwithin an hour, or enter this token where you are asked for it:\n\n"
	                "    @SECRET@\n\nIf it was not you, do nothing.\n",
	        .page = "/change-email",
	},
	{
	        .template = "password_changed",
	        .to = MAIL_TO_KNOWN,
	        .subject = "Your password was changed",
	        .body = "Hello,\n\nthe password of the account with this address was changed. Other devices\n"
	                "have to log in again. If it was not you, set a new one at\n\n    @LINK@\n",
	        .page = "/forgot-password",
	},
	{
	        .template = "email_changed",
	        .to = MAIL_TO_ANYONE,
	        .subject = "Your e-mail address was changed",
	        .body = "Hello,\n\nthe account that had this address has another one now. If it was not you,\n"
	                "write to us at once.\n",
	},
	{
	        .template = "invitation",
	        .to = MAIL_TO_KNOWN,
	        .subject = "Your new account",
	        .body = "Hello,\n\nan account was made for you. To choose its password, follow\n\n    @LINK@\n\n"
	                "within three days, or enter this token where you are asked for it:\n\n    @SECRET@\n\n"
	                "When it is too late, ask for a new password instead.\n",
	        .page = "/reset-password",
	},
};

const struct mail_template *mail_template_find(struct str template)
{
	for (size_t i = 0; i < ARRAY_COUNT(templates); i++)
		if (str_eq(str_from(templates[i].template), template))
			return &templates[i];
	return NULL;
}

/* Requests check their addresses; this check makes sure that nothing ends a header line. */
static bool is_header_safe(struct str text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
			return false;
	return text.len > 0;
}

/* The secret is in the fragment, which browsers do not send: no log and no Referer header has it. */
static void write_link(struct buf *out, const struct message *message)
{
	buf_printf(out, "%s%s", message->site, message->template->page ? message->template->page : "");
	if (!str_is_null(message->secret))
		buf_printf(out, "#token=%.*s", STR_ARG(message->secret));
}

static void write_body(struct buf *out, const struct message *message)
{
	struct str rest = str_from(message->template->body);

	while (rest.len) {
		if (str_starts(rest, STR("@LINK@"))) {
			write_link(out, message);
			rest = str_slice(rest, sizeof("@LINK@") - 1, rest.len);
		} else if (str_starts(rest, STR("@SECRET@"))) {
			buf_str(out, message->secret);
			rest = str_slice(rest, sizeof("@SECRET@") - 1, rest.len);
		} else {
			if (rest.ptr[0] == '\n')
				buf_char(out, '\r');
			buf_char(out, rest.ptr[0]);
			rest = str_slice(rest, 1, rest.len);
		}
	}
}

struct str message_write(struct arena *arena, const struct message *message)
{
	struct buf out;
	char id[UUID_TEXT_LEN], date[40];
	struct tm tm;

	if (!is_header_safe(message->to) || !is_header_safe(str_from(message->from)))
		return STR_NULL;
	uuid_format(message->id, id);
	/* RFC 5322 section 3.3: "Sat, 21 Nov 2026 07:13:41 +0000"; the locale is C, nobody calls setlocale. */
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000",
	         gmtime_r(&(time_t){ message->at_us / US_PER_S }, &tm));
	buf_init_arena(&out, arena, MESSAGE_MAX);
	buf_printf(&out, "From: %s\r\nTo: %.*s\r\nSubject: %s\r\nDate: %s\r\n", message->from, STR_ARG(message->to),
	           message->template->subject, date);
	buf_printf(&out, "Message-ID: <%.*s@stoa>\r\nMIME-Version: 1.0\r\n", UUID_TEXT_LEN, id);
	buf_str(&out, STR("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"));
	/* RFC 3834: automatic programs must not reply to this mail. */
	buf_str(&out, STR("Auto-Submitted: auto-generated\r\n\r\n"));
	write_body(&out, message);
	return buf_view(&out);
}
