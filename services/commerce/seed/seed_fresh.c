/* SPDX-License-Identifier: Apache-2.0 */
/* Demo data: fresh food. */
#include "commerce/seed/seed_data.h"

static const struct seed_product fruit[] = {
	{ "Bananas", "1 kg", 179, NULL, "Ripened on the way, yellow at your door. From growers in the Canary Islands.",
	  FEATURED },
	{ "Braeburn apples", "1 kg", 249, NULL, "Crisp and slightly tart. Picked in South Tyrol and stored cool." },
	{ "Conference pears", "750 g", 269, NULL, "Juicy and fine-grained; ripe when the neck gives a little." },
	{ "Strawberries", "500 g", 399, "Gartenlicht", "Picked in the morning, so eat them by evening.", FEATURED },
	{ "Blueberries", "250 g", 299, "Gartenlicht", "Firm, sweet and good by the handful." },
	{ "Blood oranges", "1.5 kg", 349, NULL, "Red-fleshed oranges from the slopes of Etna.", SOLD_OUT },
	{ "Lemons, unwaxed", "500 g", 199, "Gartenlicht", "Untreated after harvest: the peel is for using." },
	{ "Seedless grapes, white", "500 g", 279, NULL, "Crunchy grapes without pips. Keep them cold." },
	{ "Avocado, ready to eat", "1 piece", 149, NULL, "Pre-ripened, for tonight's guacamole.", SAFETY },
};

static const struct seed_product vegetables[] = {
	{ "Vine tomatoes", "500 g", 229, NULL, "Ripened on the vine until the scent is right.", FEATURED },
	{ "Cucumber", "1 piece", 89, NULL, "Straight from the greenhouse next door." },
	{ "Carrots with greens", "1 bunch", 169, "Gartenlicht",
	  "The greens tell how fresh they are; they also make a fine pesto." },
	{ "Red peppers", "500 g", 249, NULL, "Thick-walled and sweet. Good raw, better roasted." },
	{ "Courgettes", "500 g", 189, NULL, "Small ones with tender skin; no need to peel." },
	{ "Broccoli", "500 g", 179, NULL, "Dense heads with short stalks." },
	{ "Aubergine", "1 piece", 129, NULL, "Glossy and heavy for its size, as it should be." },
	{ "Chestnut mushrooms", "250 g", 199, NULL, "Nutty brown mushrooms, grown without sprays." },
	{ "Green asparagus", "500 g", 449, NULL, "Thin spears that need no peeling.", SAFETY },
};

static const struct seed_product salads[] = {
	{ "Baby spinach", "125 g", 179, "Gartenlicht", "Washed leaves, mild enough for salads." },
	{ "Rocket", "100 g", 149, NULL, "Peppery leaves for pasta and pizza." },
	{ "Romaine hearts", "2 pieces", 159, NULL, "Crisp to the core. Made for Caesar." },
	{ "Lamb's lettuce", "150 g", 199, NULL, "Small nutty rosettes, washed twice." },
	{ "Basil in a pot", "1 piece", 219, "Gartenlicht", "Put it on the window sill and water from below.",
	  FEATURED },
	{ "Flat-leaf parsley", "1 bunch", 99, NULL, "A generous bunch for tabbouleh and stock." },
};

static const struct seed_product potatoes[] = {
	{ "Waxy potatoes", "2 kg", 299, NULL, "Keep their shape in salads and gratins." },
	{ "Floury potatoes", "2 kg", 279, NULL, "Fall apart gladly: mash, soup, gnocchi." },
	{ "Yellow onions", "1 kg", 149, NULL, "The start of most good things." },
	{ "Garlic", "3 pieces", 129, NULL, "Purple-striped bulbs from Castile." },
	{ "Sweet potatoes", "1 kg", 289, NULL, "Orange inside. Bake them whole and add butter." },
};

const struct seed_category seed_produce[] = {
	SEED_CATEGORY("Fruit", "FRU", TAX_FOOD, fruit),
	SEED_CATEGORY("Vegetables", "VEG", TAX_FOOD, vegetables),
	SEED_CATEGORY("Salads and herbs", "SAL", TAX_FOOD, salads),
	SEED_CATEGORY("Potatoes and onions", "POT", TAX_FOOD, potatoes),
	{ 0 },
};

static const struct seed_product milk[] = {
	{ "Whole milk 3.5 %", "1 l", 129, "Haldenhof", "Fresh full-fat milk from pasture farms, gently pasteurised.",
	  FEATURED },
	{ "Semi-skimmed milk 1.5 %", "1 l", 119, "Haldenhof", "The same farms, less of the cream." },
	{ "Lactose-free milk", "1 l", 149, "Almgrund", "All of the taste, none of the lactose." },
	{ "Long-life milk 3.5 %", "6 x 1 l", 699, "Almgrund",
	  "Six cartons for the cellar. Keeps for four months closed." },
	{ "Whipping cream 32 %", "200 ml", 109, "Haldenhof", "Whips up stiff when it is cold." },
	{ "Soured cream", "200 g", 79, "Haldenhof", "Mild and thick, for soups, dips and baked potatoes." },
	{ "Buttermilk", "500 ml", 89, "Almgrund", "Cultured slowly, refreshing on a warm day." },
};

static const struct seed_product cheese[] = {
	{ "Mountain cheese, aged 12 months", "200 g", 459, "Almgrund",
	  "Raw-milk wheels from the high pastures. Nutty, with a long finish.", FEATURED },
	{ "Young gouda, sliced", "250 g", 249, "Haldenhof", "Mild slices for bread and toast." },
	{ "Mozzarella", "125 g", 129, "Vallombra", "Pulled by hand, packed in whey." },
	{ "Buffalo mozzarella", "125 g", 249, "Vallombra", "From water buffalo milk: softer and more tart.", SAFETY },
	{ "Hard cheese, grated", "100 g", 229, "Vallombra", "Aged for fifteen months and grated fine for pasta." },
	{ "Goat's cheese roll", "150 g", 279, "Vallombra", "Creamy with a lemony edge. Try it warm with honey." },
	{ "Feta from sheep's milk", "200 g", 269, "Tavola Blu", "Ripened in brine for two months." },
	{ "Brie", "200 g", 239, "Petit Courtil", "Runs a little at room temperature, on purpose." },
	{ "Cottage cheese", "200 g", 119, "Haldenhof", "Grainy, light and rich in protein." },
};

static const struct seed_product yoghurt[] = {
	{ "Natural yoghurt 3.8 %", "500 g", 119, "Haldenhof", "Set slowly, without thickeners." },
	{ "Greek-style yoghurt 10 %", "500 g", 229, "Tavola Blu", "Strained until the spoon stands.", FEATURED },
	{ "Strawberry yoghurt", "150 g", 65, "Almgrund", "With pieces of strawberry and little sugar." },
	{ "Vanilla yoghurt", "4 x 125 g", 219, "Almgrund", "With real vanilla; the specks prove it." },
	{ "Skyr, natural", "400 g", 179, "Haldenhof", "Icelandic recipe: thick, and eleven grams of protein." },
	{ "Kefir", "500 ml", 149, "Almgrund", "Lively and slightly sparkling." },
	{ "Chocolate pudding", "2 x 200 g", 169, "Almgrund", "Dark pudding under a cloud of cream." },
	{ "Rice pudding with cinnamon", "2 x 150 g", 149, "Almgrund", "Cooked slowly, good cold or warm." },
};

static const struct seed_product butter[] = {
	{ "Butter, unsalted", "250 g", 259, "Haldenhof", "Churned from sweet cream." },
	{ "Butter with sea salt", "250 g", 289, "Petit Courtil", "Crystals that crackle on fresh bread." },
	{ "Cream cheese, natural", "200 g", 129, "Haldenhof", "For bagels and cheesecakes." },
	{ "Cream cheese with herbs", "200 g", 149, "Haldenhof", "Chives, parsley and a little garlic." },
	{ "Mascarpone", "250 g", 219, "Vallombra", "Half of any good tiramisu." },
};

static const struct seed_product eggs[] = {
	{ "Free-range eggs", "10 pieces", 329, "Hof Sonntal", "From hens that scratch outdoors all day.", FEATURED },
	{ "Organic eggs", "6 pieces", 299, "Hof Sonntal", "The brothers of the hens are raised too.", SAFETY },
	{ "Boiled eggs, coloured", "6 pieces", 269, "Hof Sonntal", "Ready to peel, for the lunch box." },
};

const struct seed_category seed_dairy[] = {
	SEED_CATEGORY("Milk and cream", "MIL", TAX_FOOD, milk),
	SEED_CATEGORY("Cheese", "CHE", TAX_FOOD, cheese),
	SEED_CATEGORY("Yoghurt and desserts", "YOG", TAX_FOOD, yoghurt),
	SEED_CATEGORY("Butter and cream cheese", "BUT", TAX_FOOD, butter),
	SEED_CATEGORY("Eggs", "EGG", TAX_FOOD, eggs),
	{ 0 },
};

static const struct seed_product bread[] = {
	{ "Sourdough loaf", "750 g", 449, "Brotwerk Ahorn",
	  "Rises for a day, baked dark. Stays fresh until the weekend.", FEATURED },
	{ "Wholemeal rye bread", "500 g", 299, "Brotwerk Ahorn", "Dense and moist, full of cracked grain." },
	{ "Spelt bread with walnuts", "500 g", 399, "Brotwerk Ahorn", "Old grain, this year's walnuts." },
	{ "Sunflower seed bread", "500 g", 289, "Ofenkind", "Toasted seeds inside and out." },
	{ "White sandwich bread", "500 g", 169, "Ofenkind", "Soft square slices for toast and lunch boxes." },
	{ "Wholegrain toast", "500 g", 189, "Ofenkind", "Twenty slices with twice the fibre." },
	{ "Crispbread, rye", "250 g", 179, "Nordklipp", "Thin, brittle and Swedish in spirit." },
	{ "Gluten-free seed loaf", "400 g", 459, "Ofenkind", "Buckwheat and linseed, baked in its own kitchen.",
	  SOLD_OUT },
};

static const struct seed_product rolls[] = {
	{ "Wheat rolls to finish baking", "6 pieces", 199, "Ofenkind", "Eight minutes in the oven, then breakfast." },
	{ "Baguette", "250 g", 149, "Petit Courtil", "Thin crust, wide crumb." },
	{ "Ciabatta with olives", "300 g", 249, "Vallombra", "Green olives baked into the dough." },
	{ "Pretzels", "4 pieces", 269, "Brotwerk Ahorn", "Dipped in lye, sprinkled with coarse salt.", FEATURED },
	{ "Burger buns, brioche", "4 pieces", 229, "Ofenkind", "Buttery buns that hold the sauce." },
};

static const struct seed_product cakes[] = {
	{ "Butter croissants", "4 pieces", 329, "Petit Courtil", "Twenty-seven layers of dough and butter." },
	{ "Cinnamon buns", "4 pieces", 379, "Nordklipp", "Warm them for a minute; the glaze melts." },
	{ "Apple strudel", "600 g", 499, "Brotwerk Ahorn", "Hand-pulled dough, tart apples, a few raisins." },
	{ "Lemon cake", "400 g", 349, "Ofenkind", "Moist, with a crackling icing." },
	{ "Carrot muffins", "4 pieces", 299, "Ofenkind", "With hazelnuts and little sugar." },
	{ "Custard tarts", "4 pieces", 359, "Petit Courtil", "Blistered on top, wobbling inside." },
};

const struct seed_category seed_bakery[] = {
	SEED_CATEGORY("Bread", "BRE", TAX_FOOD, bread),
	SEED_CATEGORY("Rolls and baguettes", "ROL", TAX_FOOD, rolls),
	SEED_CATEGORY("Cakes and pastries", "CAK", TAX_FOOD, cakes),
	{ 0 },
};

static const struct seed_product meat[] = {
	{ "Chicken breast fillet", "400 g", 699, "Hof Sonntal", "From slow-growing birds with room to run." },
	{ "Whole chicken", "1.3 kg", 1099, "Hof Sonntal", "For the roast on Sunday and the soup on Monday.", SAFETY },
	{ "Minced beef", "500 g", 599, "Eichenrauch", "Coarsely minced every morning." },
	{ "Rump steak", "250 g", 849, "Eichenrauch", "Dry-aged for three weeks.", FEATURED },
	{ "Pork schnitzel", "400 g", 549, "Eichenrauch", "Cut thin from the topside, ready for the crumbs." },
	{ "Pork neck steaks, marinated", "500 g", 649, "Eichenrauch",
	  "Paprika, garlic and rosemary. Light the coals." },
	{ "Lamb chops", "300 g", 999, "Eichenrauch", "From meadows behind the dyke." },
	{ "Turkey strips", "400 g", 579, "Hof Sonntal", "Cut for the wok." },
};

static const struct seed_product sausage[] = {
	{ "Cooked ham, sliced", "150 g", 289, "Eichenrauch", "Cured mildly, cooked in one piece." },
	{ "Air-dried ham", "80 g", 349, "Vallombra", "Sixteen months in the mountain wind." },
	{ "Salami, sliced", "100 g", 249, "Vallombra", "Fennel and pepper, coarse cut." },
	{ "Bratwurst", "4 x 100 g", 449, "Eichenrauch", "Marjoram and caraway, in natural casings." },
	{ "Wiener sausages", "4 x 50 g", 279, "Eichenrauch", "Smoked over beech. They snap." },
	{ "Streaky bacon", "150 g", 229, "Eichenrauch", "Dry-cured, thinly sliced." },
	{ "Liver pate with herbs", "125 g", 199, "Petit Courtil", "Spreads well on dark bread." },
};

static const struct seed_product fish[] = {
	{ "Salmon fillet", "250 g", 799, "Nordklipp", "Without bones, with skin for crisping.", FEATURED },
	{ "Smoked salmon", "100 g", 449, "Nordklipp", "Cold-smoked over alder for a night." },
	{ "Cod fillet", "300 g", 899, "Nordklipp", "Line-caught, firm and flaky." },
	{ "Trout, whole", "350 g", 599, "Rivamare", "From cold spring water, ready for the pan." },
	{ "Prawns, peeled", "200 g", 649, "Rivamare", "Cooked and cleaned; only lemon is missing." },
	{ "Pickled herring", "200 g", 279, "Nordklipp", "With onions and allspice." },
};

const struct seed_category seed_counter[] = {
	SEED_CATEGORY("Meat and poultry", "MEA", TAX_FOOD, meat),
	SEED_CATEGORY("Sausage and ham", "SAU", TAX_FOOD, sausage),
	SEED_CATEGORY("Fish and seafood", "FIS", TAX_FOOD, fish),
	{ 0 },
};

static const struct seed_product plant_drinks[] = {
	{ "Oat drink", "1 l", 189, "Feldkind", "Creamy enough to foam for coffee.", FEATURED },
	{ "Soya drink, unsweetened", "1 l", 169, "Feldkind", "Beans and water, with added calcium." },
	{ "Almond drink", "1 l", 239, "Feldkind", "Lightly roasted almonds, no sugar." },
	{ "Coconut yoghurt alternative", "350 g", 299, "Feldkind", "Cultured coconut milk, thick and tart." },
	{ "Oat cooking cream", "200 ml", 119, "Feldkind", "Binds sauces like cream does." },
};

static const struct seed_product tofu[] = {
	{ "Tofu, natural", "400 g", 279, "Feldkind", "Firm. Press, marinate, fry." },
	{ "Smoked tofu", "200 g", 249, "Feldkind", "Over beech wood; good straight from the pack." },
	{ "Tempeh", "200 g", 329, "Feldkind", "Whole fermented soya beans with a nutty bite." },
	{ "Vegan mince", "250 g", 349, "Feldkind", "From peas, for bolognese and chilli." },
	{ "Falafel", "200 g", 299, "Tavola Blu", "Chickpeas, parsley, cumin. Eight minutes in the oven." },
	{ "Hummus", "200 g", 199, "Tavola Blu", "With plenty of tahini.", FEATURED },
};

const struct seed_category seed_plant[] = {
	SEED_CATEGORY("Plant drinks", "PLA", TAX_FOOD, plant_drinks),
	SEED_CATEGORY("Tofu and alternatives", "TOF", TAX_FOOD, tofu),
	{ 0 },
};
