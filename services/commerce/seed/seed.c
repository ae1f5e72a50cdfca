/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Demo data: the catalogue and its opening stock. One transaction of a dozen statements: either all of the demo is
 * there or none of it. Rows that exist are left alone, whatever people made of them.
 */
#include "commerce/seed/seed.h"

#include <stdarg.h>

#include "base/clock.h"
#include "base/date.h"
#include "commerce/commerce.h"
#include "commerce/seed/seed_sql.h"
#include "task/task.h"

static const struct seed_department departments[] = {
	{ "Fruit and vegetables", seed_produce },
	{ "Dairy and eggs", seed_dairy },
	{ "Bakery", seed_bakery },
	{ "Meat and fish", seed_counter },
	{ "Vegetarian and vegan", seed_plant },
	{ "Pantry", seed_pantry },
	{ "Snacks and sweets", seed_snacks },
	{ "Drinks", seed_drinks },
	{ "Frozen", seed_frozen },
	{ "Home and care", seed_home },
};

struct uuid seed_id(const char *format, ...)
{
	char name[200];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(name, sizeof(name), format, args);

	va_end(args);
	CHECK(len > 0 && (size_t)len < sizeof(name));
	return uuid_from_name(str_printf(task_arena(), "stoa demo %s", name));
}

struct seed_choice seed_choice_of(struct uuid id)
{
	struct seed_choice choice;

	memcpy(&choice.state, id.bytes, sizeof(choice.state));
	return choice;
}

int64_t seed_pick(struct seed_choice *choice, int64_t from, int64_t to)
{
	uint64_t z = choice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return from + (int64_t)(z % (uint64_t)(to - from + 1));
}

/* "Fruit and vegetables" as it stands in a URL. */
static struct str slug_of(const char *name)
{
	struct str slug = str_lower(task_arena(), str_from(name));
	char *text = (char *)slug.ptr;

	for (size_t i = 0; i < slug.len; i++)
		if (text[i] == ' ')
			text[i] = '-';
	return slug;
}

/* Names with their ids and slugs, as the statements take them. */
struct names {
	struct uuid_list ids;
	struct uuid_list parents;
	struct str_list names;
	struct str_list slugs;
};

static struct names names_new(size_t max)
{
	struct arena *arena = task_arena();

	return (struct names){
		.ids.items = ARENA_ARRAY(arena, struct uuid, max),
		.parents.items = ARENA_ARRAY(arena, struct uuid, max),
		.names.items = ARENA_ARRAY(arena, struct str, max),
		.slugs.items = ARENA_ARRAY(arena, struct str, max),
	};
}

static void names_add(struct names *names, struct uuid id, struct uuid parent, const char *name)
{
	names->ids.items[names->ids.count++] = id;
	names->parents.items[names->parents.count++] = parent;
	names->names.items[names->names.count++] = str_from(name);
	names->slugs.items[names->slugs.count++] = slug_of(name);
}

static size_t count_categories(void)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_COUNT(departments); i++)
		for (const struct seed_category *category = departments[i].categories; category->name; category++)
			count++;
	return count;
}

static void store_shelves(struct tx *tx, int64_t now_us)
{
	struct names shelves = names_new(ARRAY_COUNT(departments));
	struct names categories = names_new(count_categories());

	for (size_t i = 0; i < ARRAY_COUNT(departments); i++) {
		struct uuid id = seed_id("department %s", departments[i].name);

		names_add(&shelves, id, id, departments[i].name);
		for (const struct seed_category *category = departments[i].categories; category->name; category++)
			names_add(&categories, seed_id("category %s", category->code), id, category->name);
	}
	sql_seed_departments(tx, .ids = shelves.ids, .names = shelves.names, .slugs = shelves.slugs, .now = now_us);
	sql_seed_categories(tx, .ids = categories.ids, .department_ids = categories.parents, .names = categories.names,
	                    .slugs = categories.slugs, .now = now_us);
}

/* ---- Products --------------------------------------------------------------------------------- */

static void decide_stock(struct seed_item *item)
{
	struct seed_choice choice = seed_choice_of(item->id);
	bool low = seed_pick(&choice, 1, 14) == 1;

	item->on_hand = low ? seed_pick(&choice, 1, 9) : seed_pick(&choice, 20, 400);
	if (item->row->flags & SOLD_OUT)
		item->on_hand = 0;
	if (item->row->flags & SAFETY) {
		item->safety = 10;
		item->on_hand += 30;
	}
}

static void add_category(struct seed_items *items, const struct seed_category *category)
{
	for (size_t i = 0; i < category->count; i++) {
		struct seed_item *item = &items->items[items->count++];

		item->row = &category->products[i];
		item->sku = str_printf(task_arena(), "%s-%02zu", category->code, i + 1);
		item->id = seed_id("product %.*s", STR_ARG(item->sku));
		item->category_id = seed_id("category %s", category->code);
		item->tax_rate_bp = category->tax_rate_bp;
		decide_stock(item);
	}
}

static struct seed_items list_items(void)
{
	enum { ITEMS_MAX = 1000 };
	struct seed_items items = { ARENA_ARRAY(task_arena(), struct seed_item, ITEMS_MAX), 0 };

	for (size_t i = 0; i < ARRAY_COUNT(departments); i++)
		for (const struct seed_category *category = departments[i].categories; category->name; category++) {
			CHECK(items.count + category->count <= ITEMS_MAX);
			add_category(&items, category);
		}
	return items;
}

static struct uuid brand_id(const char *name)
{
	return name ? seed_id("brand %s", name) : (struct uuid){ 0 };
}

static void store_brands(struct tx *tx, struct seed_items items, int64_t now_us)
{
	struct names brands = names_new(items.count);

	for (size_t i = 0; i < items.count; i++) {
		const char *name = items.items[i].row->brand;
		struct uuid id = brand_id(name);
		bool known = !name;

		for (size_t k = 0; k < brands.ids.count && !known; k++)
			known = uuid_eq(brands.ids.items[k], id);
		if (!known)
			names_add(&brands, id, id, name);
	}
	sql_seed_brands(tx, .ids = brands.ids, .names = brands.names, .slugs = brands.slugs, .now = now_us);
}

/* Within the ninety days before the first order, so that "newest first" has something to sort. */
static int64_t product_created(const struct seed_item *item, int64_t now_us)
{
	struct seed_choice choice = seed_choice_of(item->category_id);

	choice.state ^= seed_choice_of(item->id).state;
	return now_us - seed_pick(&choice, 32 * US_PER_DAY / US_PER_S, 122 * US_PER_DAY / US_PER_S) * US_PER_S;
}

static void store_products(struct tx *tx, struct seed_items items, int64_t now_us)
{
	struct arena *arena = task_arena();
	size_t n = items.count;
	struct uuid *ids = ARENA_ARRAY(arena, struct uuid, n), *categories = ARENA_ARRAY(arena, struct uuid, n),
	            *brands = ARENA_ARRAY(arena, struct uuid, n);
	struct str *skus = ARENA_ARRAY(arena, struct str, n), *names = ARENA_ARRAY(arena, struct str, n),
	           *texts = ARENA_ARRAY(arena, struct str, n), *units = ARENA_ARRAY(arena, struct str, n);
	int64_t *prices = ARENA_ARRAY(arena, int64_t, n), *taxes = ARENA_ARRAY(arena, int64_t, n),
	        *created = ARENA_ARRAY(arena, int64_t, n);
	bool *featured = ARENA_ARRAY(arena, bool, n);

	for (size_t i = 0; i < n; i++) {
		const struct seed_item *item = &items.items[i];

		ids[i] = item->id;
		categories[i] = item->category_id;
		brands[i] = brand_id(item->row->brand);
		skus[i] = item->sku;
		names[i] = str_from(item->row->name);
		texts[i] = str_from(item->row->text);
		units[i] = str_from(item->row->unit);
		prices[i] = item->row->price_minor;
		taxes[i] = item->tax_rate_bp;
		created[i] = product_created(item, now_us);
		featured[i] = item->row->flags & FEATURED;
	}
	sql_seed_products(tx, .ids = { ids, n }, .skus = { skus, n }, .names = { names, n },
	                  .descriptions = { texts, n }, .category_ids = { categories, n }, .brand_ids = { brands, n },
	                  .units = { units, n }, .prices = { prices, n }, .tax_rates = { taxes, n },
	                  .featured = { featured, n }, .created = { created, n });
}

/* The pieces in the store now, and those that the delivered orders will take. */
static void store_stock(struct tx *tx, struct seed_items items, int64_t now_us)
{
	struct uuid *ids = ARENA_ARRAY(task_arena(), struct uuid, items.count);
	int64_t *on_hand = ARENA_ARRAY(task_arena(), int64_t, items.count);
	int64_t *safety = ARENA_ARRAY(task_arena(), int64_t, items.count);

	for (size_t i = 0; i < items.count; i++) {
		ids[i] = items.items[i].id;
		on_hand[i] = items.items[i].on_hand + items.items[i].sold;
		safety[i] = items.items[i].safety;
	}
	sql_seed_stock(tx, .product_ids = { ids, items.count }, .on_hand = { on_hand, items.count },
	               .safety = { safety, items.count }, .at = now_us - 31 * US_PER_DAY);
}

/* Three of the demo couriers are available, two are not; the first by address, whom `stoa up` prints, is. The names are those
 * of their accounts. */
static void store_couriers(struct tx *tx, int64_t now_us)
{
	static const struct {
		const char *email;
		struct str name, phone;
	} couriers[] = {
		{ "jan.dvorak@example.com", STR("Jan Dvorak"), STR("+49 30 5550205") },
		{ "lena.brandt@example.com", STR("Lena Brandt"), STR("+49 30 5550201") },
		{ "omar.haddad@example.com", STR("Omar Haddad"), STR("+49 30 5550202") },
	};
	enum { COUNT = sizeof(couriers) / sizeof(couriers[0]) };
	struct uuid ids[COUNT];
	struct str names[COUNT], phones[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		ids[i] = seed_id("account public %s", couriers[i].email);
		names[i] = couriers[i].name;
		phones[i] = couriers[i].phone;
	}
	sql_seed_couriers(tx, .ids = { ids, COUNT }, .names = { names, COUNT }, .phones = { phones, COUNT },
	                  .now = now_us);
}

void commerce_seed(struct db *db, int64_t now_us)
{
	if (sql_seed_is_older(db)->older)
		return;
	struct seed_items items = list_items();
	struct seed_orders orders = seed_orders_plan(items, now_us);
	struct tx *tx = tx_begin(db);

	store_shelves(tx, now_us);
	store_brands(tx, items, now_us);
	store_products(tx, items, now_us);
	store_stock(tx, items, now_us);
	store_couriers(tx, now_us);
	seed_orders_store(tx, orders);
	tx_commit(tx);
}

const struct subject seed_subject = {
	.name = "seed",
	.sql = LIST(const struct sql_module *const, &sql_seed_module),
};
