/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Money is whole minor units (cents) with its ISO 4217 currency; never a float. Sums and products are
 * checked: an overflow is -1 and leaves the result untouched.
 *
 * The currencies are those of ISO 4217 list one with which people pay, by the digits after the point: neither funds and
 * units of account (CHE, CLF, XDR), metals and tests (XAU, XTS, XXX), nor what was withdrawn (HRK, BGN, ANG). A currency
 * that is withdrawn leaves this table only when no store, product or order has it.
 */
#ifndef STOA_BASE_MONEY_H
#define STOA_BASE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/str.h"

/* clang-format off */
#define CURRENCIES_0 "BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|VND|VUV|XAF|XOF|XPF"
#define CURRENCIES_2 \
	"AED|AFN|ALL|AMD|AOA|ARS|AUD|AWG|AZN|BAM|BBD|BDT|BMD|BND|BOB|BRL|BSD|BTN|BWP|BYN|BZD|CAD|CDF|CHF|" \
	"CNY|COP|CRC|CUP|CVE|CZK|DKK|DOP|DZD|EGP|ERN|ETB|EUR|FJD|FKP|GBP|GEL|GHS|GIP|GMD|GTQ|GYD|HKD|HNL|" \
	"HTG|HUF|IDR|ILS|INR|IRR|JMD|KES|KGS|KHR|KPW|KYD|KZT|LAK|LBP|LKR|LRD|LSL|MAD|MDL|MGA|MKD|MMK|MNT|" \
	"MOP|MRU|MUR|MVR|MWK|MXN|MYR|MZN|NAD|NGN|NIO|NOK|NPR|NZD|PAB|PEN|PGK|PHP|PKR|PLN|QAR|RON|RSD|RUB|" \
	"SAR|SBD|SCR|SDG|SEK|SGD|SHP|SLE|SOS|SRD|SSP|STN|SVC|SYP|SZL|THB|TJS|TMT|TOP|TRY|TTD|TWD|TZS|UAH|" \
	"USD|UYU|UZS|VED|VES|WST|XCD|XCG|YER|ZAR|ZMW|ZWG"
#define CURRENCIES_3 "BHD|IQD|JOD|KWD|LYD|OMR|TND"
#define CURRENCIES_4 "UYW"
/* clang-format on */
#define CURRENCIES CURRENCIES_0 "|" CURRENCIES_2 "|" CURRENCIES_3 "|" CURRENCIES_4

struct money {
	int64_t amount;   /* minor units */
	char currency[4]; /* three capitals and a NUL */
};

#define EUR(minor) ((struct money){ .amount = (minor), .currency = "EUR" })

struct money money_of(int64_t amount, struct str currency); /* currency of three bytes, asserted */
bool money_same_currency(struct money a, struct money b);
MUST_CHECK int money_add(struct money a, struct money b, struct money *ret); /* also -1: currencies differ */
MUST_CHECK int money_times(struct money a, int64_t factor, struct money *ret);

/* Digits after the point for a currency (JPY 0, EUR 2, KWD 3), or -1 if it is none of CURRENCIES. */
int money_exponent(struct str currency);

#endif
