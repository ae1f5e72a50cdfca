/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages that links in mail lead to (mail/templates.c), for installations that have none of their own there. Nothing
 * is done by opening one, for programs open links to look at them: a person has to press the button.
 */
#include "accounts/credentials/pages.h"

#include "base/buf.h"
#include "base/check.h"
#include "service/html.h"

enum { FORM_MAX = 4096 };

#define TOKEN \
	"<label>Token from the mail <input name=\"token\" required maxlength=\"128\" autocomplete=\"off\"></label>\n"
#define EMAIL \
	"<label>E-mail address <input name=\"email\" type=\"email\" required maxlength=\"254\" " \
	"autocomplete=\"username\"></label>\n"
#define PASSWORD(label_, name_, autocomplete_) \
	"<label>" label_ ", 10 to 128 characters <input name=\"" name_ "\" type=\"password\" required " \
	"minlength=\"10\" maxlength=\"128\" autocomplete=\"" autocomplete_ "\"></label>\n"

static const struct page {
	const char *path, *title, *text, *action, *button;
	const char *fields;
} pages[] = {
	{ .path = "/confirm-account",
	  .title = "Confirm your account",
	  .text = "This makes the account that was registered with your e-mail address. If it was not you, close this "
	          "page.",
	  .action = "/api/auth/register/confirm",
	  .button = "Make the account",
	  .fields = TOKEN PASSWORD("The password that you chose", "password", "current-password") },
	{ .path = "/verify-email",
	  .title = "Confirm your e-mail address",
	  .text = "This confirms that the address of your account is yours.",
	  .action = "/api/auth/verify-email",
	  .button = "Confirm",
	  .fields = TOKEN },
	{ .path = "/change-email",
	  .title = "Confirm your new e-mail address",
	  .text = "From then on you log in with the address that the mail was sent to.",
	  .action = "/api/auth/change-email",
	  .button = "Change the address",
	  .fields = TOKEN },
	{ .path = "/reset-password",
	  .title = "Set a new password",
	  .text = "You have to log in again on all devices.",
	  .action = "/api/auth/reset-password",
	  .button = "Set the password",
	  .fields = TOKEN PASSWORD("New password", "new_password", "new-password") },
	{ .path = "/forgot-password",
	  .title = "Ask for a new password",
	  .text = "If an account has this address, it gets a mail with a link.",
	  .action = "/api/auth/forgot-password",
	  .button = "Send the mail",
	  .fields = EMAIL },
	{ .path = "/admin/reset-password",
	  .title = "Set a new password",
	  .text = "You have to log in again on all devices.",
	  .action = "/api/admin/auth/reset-password",
	  .button = "Set the password",
	  .fields = TOKEN PASSWORD("New password", "new_password", "new-password") },
	{ .path = "/admin/forgot-password",
	  .title = "Ask for a new password",
	  .text = "If an account has this address, it gets a mail with a link.",
	  .action = "/api/admin/auth/forgot-password",
	  .button = "Send the mail",
	  .fields = EMAIL },
};

static const struct page *page_of(const struct request *req)
{
	for (size_t i = 0; i < ARRAY_COUNT(pages); i++)
		if (!strcmp(pages[i].path, req->route->path))
			return &pages[i];
	check_failed(__FILE__, __LINE__, req->route->path);
}

HANDLER(mail_page, nothing, nothing)
{
	const struct page *page = page_of(req);
	struct buf out;

	buf_init_arena(&out, task_arena(), FORM_MAX);
	buf_printf(&out, "<p>%s</p>\n<form method=\"post\" action=\"%s\">\n%s<button>%s</button>\n</form>", page->text,
	           page->action, page->fields, page->button);
	reply_html(req, page->title, buf_view(&out));
}

/* clang-format off */
#define PAGE(path_, name_, doc_) \
	{ GET(path_, mail_page), .name = (name_), .doc = (doc_), .needs = &permission_anyone, .media = HTML_MEDIA }

static const struct route page_rows[] = {
	PAGE("/confirm-account", "confirm_account_page", "The page of the mail that confirms a registration."),
	PAGE("/verify-email", "verify_email_page", "The page of the mail that confirms an address."),
	PAGE("/change-email", "change_email_page", "The page of the mail that confirms a new address."),
	PAGE("/reset-password", "reset_password_page", "The page of the mail that sets a new password."),
	PAGE("/forgot-password", "forgot_password_page", "The page that asks for that mail."),
};
const struct routes page_routes = ROUTES(page_rows);

static const struct route admin_page_rows[] = {
	PAGE("/admin/reset-password", "admin_reset_password_page", "The page of the mail that sets a new password."),
	PAGE("/admin/forgot-password", "admin_forgot_password_page", "The page that asks for that mail."),
};
const struct routes admin_page_routes = ROUTES(admin_page_rows);
/* clang-format on */
