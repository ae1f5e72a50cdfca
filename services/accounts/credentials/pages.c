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

static const struct page {
	const char *path, *title, *text, *action, *button;
	bool token, email, password, new_password; /* the fields it has */
} pages[] = {
	{ .path = "/confirm-account",
	  .title = "Confirm your account",
	  .text = "This makes the account that was registered with your e-mail address. If it was not you, close this "
	          "page.",
	  .action = "/api/auth/register/confirm",
	  .button = "Make the account",
	  .token = true,
	  .password = true },
	{ .path = "/verify-email",
	  .title = "Confirm your e-mail address",
	  .text = "This confirms that the address of your account is yours.",
	  .action = "/api/auth/verify-email",
	  .button = "Confirm",
	  .token = true },
	{ .path = "/change-email",
	  .title = "Confirm your new e-mail address",
	  .text = "From then on you log in with the address that the mail was sent to.",
	  .action = "/api/auth/change-email",
	  .button = "Change the address",
	  .token = true },
	{ .path = "/reset-password",
	  .title = "Set a new password",
	  .text = "You have to log in again on all devices.",
	  .action = "/api/auth/reset-password",
	  .button = "Set the password",
	  .token = true,
	  .new_password = true },
	{ .path = "/forgot-password",
	  .title = "Ask for a new password",
	  .text = "If an account has this address, it gets a mail with a link.",
	  .action = "/api/auth/forgot-password",
	  .button = "Send the mail",
	  .email = true },
	{ .path = "/admin/reset-password",
	  .title = "Set a new password",
	  .text = "You have to log in again on all devices.",
	  .action = "/api/admin/auth/reset-password",
	  .button = "Set the password",
	  .token = true,
	  .new_password = true },
	{ .path = "/admin/forgot-password",
	  .title = "Ask for a new password",
	  .text = "If an account has this address, it gets a mail with a link.",
	  .action = "/api/admin/auth/forgot-password",
	  .button = "Send the mail",
	  .email = true },
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
	buf_printf(&out, "<p>%s</p>\n<form method=\"post\" action=\"%s\">\n", page->text, page->action);
	if (page->token)
		buf_str(&out, STR("<label>Token from the mail <input name=\"token\" required maxlength=\"128\" "
		                  "autocomplete=\"off\"></label>\n"));
	if (page->email)
		buf_str(&out,
		        STR("<label>E-mail address <input name=\"email\" type=\"email\" required maxlength=\"254\" "
		            "autocomplete=\"username\"></label>\n"));
	if (page->password || page->new_password)
		buf_printf(&out,
		           "<label>%s, 10 to 128 characters <input name=\"%s\" type=\"password\" required "
		           "minlength=\"10\" maxlength=\"128\" autocomplete=\"%s\"></label>\n",
		           page->new_password ? "New password" : "The password that you chose",
		           page->new_password ? "new_password" : "password",
		           page->new_password ? "new-password" : "current-password");
	buf_printf(&out, "<button>%s</button>\n</form>", page->button);
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
