/* SPDX-License-Identifier: Apache-2.0 */
/* Demo data: food that keeps. */
#include "commerce/seed/seed_data.h"

static const struct seed_product pasta[] = {
	{ "Spaghetti", "500 g", 149, "Molino Sereno", "Drawn through bronze, so the sauce holds on.", FEATURED },
	{ "Penne rigate", "500 g", 149, "Molino Sereno", "Ridged quills, eleven minutes." },
	{ "Fusilli, wholegrain", "500 g", 179, "Molino Sereno", "Nutty spirals from the whole durum grain." },
	{ "Tagliatelle with egg", "250 g", 229, "Molino Sereno", "Four eggs to the kilo. Made for ragu." },
	{ "Lasagne sheets", "250 g", 199, "Molino Sereno", "No pre-cooking needed." },
	{ "Fresh ravioli with spinach", "250 g", 299, "Vallombra", "Filled with spinach and ricotta. Three minutes." },
	{ "Potato gnocchi", "500 g", 199, "Molino Sereno", "Pillows that float when they are done." },
};

static const struct seed_product rice[] = {
	{ "Basmati rice", "1 kg", 349, "Orivanta", "Aged for a year, so that every grain stays apart." },
	{ "Risotto rice", "500 g", 279, "Molino Sereno", "Round grains that give their starch willingly." },
	{ "Jasmine rice", "1 kg", 329, "Orivanta", "Fragrant and slightly sticky." },
	{ "Couscous", "500 g", 179, "Tavola Blu", "Pour, wait five minutes, fluff." },
	{ "Quinoa, tricolour", "400 g", 369, "Feldkind", "White, red and black. Rinse it first." },
	{ "Red lentils", "500 g", 199, "Feldkind", "Cook down to a dal in fifteen minutes." },
};

static const struct seed_product oil[] = {
	{ "Extra virgin olive oil", "500 ml", 899, "Olivarra",
	  "Cold-pressed within hours of the harvest. Grassy and peppery.", FEATURED },
	{ "Olive oil for frying", "750 ml", 799, "Olivarra", "Mild, takes the heat." },
	{ "Rapeseed oil", "1 l", 349, "Feldkind", "Neutral, for everything." },
	{ "Sunflower oil", "1 l", 249, "Feldkind", "Pressed from seeds of the Danube plain." },
	{ "Balsamic vinegar", "250 ml", 449, "Vallombra", "Thick enough for strawberries." },
	{ "Apple vinegar", "500 ml", 189, "Saftlaube", "Cloudy, from the whole fruit." },
};

static const struct seed_product tins[] = {
	{ "Peeled tomatoes", "400 g", 99, "Tavola Blu", "Plum tomatoes in their own juice." },
	{ "Chopped tomatoes", "3 x 400 g", 289, "Tavola Blu", "Three tins for the sauce of the week." },
	{ "Passata", "700 g", 159, "Tavola Blu", "Sieved smooth, nothing added." },
	{ "Chickpeas", "400 g", 89, "Tavola Blu", "Tender, ready for hummus. Keep the water for meringue." },
	{ "Kidney beans", "400 g", 89, "Tavola Blu", "They keep their shape in chilli." },
	{ "Sweetcorn", "3 x 150 g", 199, "Feldkind", "Packed on the day it was picked." },
	{ "Tuna in olive oil", "160 g", 279, "Rivamare", "Pole-and-line caught fillets." },
	{ "Sardines in lemon oil", "120 g", 249, "Rivamare", "Small fish, large taste. On toast." },
	{ "Pickled gherkins", "670 g", 229, "Gurkenhans", "Crunchy, with mustard seed and dill." },
};

static const struct seed_product spices[] = {
	{ "Sea salt, coarse", "500 g", 149, "Pfeffergasse", "Dried by sun and wind." },
	{ "Black pepper, whole", "50 g", 299, "Pfeffergasse", "Ripe berries; grind them at the table." },
	{ "Sweet paprika", "50 g", 249, "Pfeffergasse", "Bright red and mild." },
	{ "Curry powder", "50 g", 249, "Pfeffergasse", "Fourteen spices, roasted and ground here." },
	{ "Ketchup", "500 ml", 229, "Tavola Blu", "Twice the tomatoes, half the sugar." },
	{ "Medium-hot mustard", "200 ml", 119, "Gurkenhans", "Belongs beside every sausage." },
	{ "Mayonnaise", "250 ml", 199, "Gurkenhans", "With free-range yolks." },
	{ "Green pesto", "190 g", 289, "Vallombra", "Basil, pine nuts, hard cheese and good oil.", FEATURED },
};

static const struct seed_product baking[] = {
	{ "Wheat flour", "1 kg", 89, "Molino Sereno", "For everyday baking." },
	{ "Spelt flour", "1 kg", 189, "Molino Sereno", "Aromatic; give the dough a little more time." },
	{ "Fine sugar", "1 kg", 139, "Zuckerhain", "From beet of the region." },
	{ "Icing sugar", "250 g", 99, "Zuckerhain", "Falls like snow." },
	{ "Baking powder", "6 x 15 g", 89, "Zuckerhain", "One sachet for a pound of flour." },
	{ "Dry yeast", "5 x 7 g", 99, "Zuckerhain", "For pizza tonight or bread tomorrow." },
	{ "Ground almonds", "200 g", 299, "Nussvogel", "Blanched and fine, for macaroons." },
	{ "Dark couverture", "200 g", 349, "Kakaoberg", "Sixty per cent. Melts evenly, sets with a shine." },
};

static const struct seed_product breakfast[] = {
	{ "Rolled oats, fine", "500 g", 99, "Feldkind", "For porridge, muesli and biscuits." },
	{ "Crunchy muesli with nuts", "600 g", 399, "Feldkind", "Baked in clusters with hazelnuts and honey.",
	  FEATURED },
	{ "Fruit muesli", "750 g", 349, "Feldkind", "A third of it is dried fruit, no sugar added." },
	{ "Cornflakes", "500 g", 229, "Feldkind", "Crisp to the last spoon." },
	{ "Chocolate granola", "450 g", 389, "Feldkind", "With chips of dark chocolate." },
	{ "Chia seeds", "300 g", 399, "Feldkind", "Swell to a pudding overnight." },
	{ "Maple syrup", "250 ml", 749, "Honigtal", "Dark and robust, from late sap." },
	{ "Pancake mix", "400 g", 199, "Molino Sereno", "Add milk, shake, bake." },
};

static const struct seed_product spreads[] = {
	{ "Blossom honey", "500 g", 599, "Honigtal", "From meadows and orchards, stirred until creamy." },
	{ "Acacia honey", "350 g", 649, "Honigtal", "Clear, liquid and mild.", SAFETY },
	{ "Strawberry jam", "340 g", 289, "Beerengarten", "Seventy per cent fruit, cooked in small pots." },
	{ "Apricot jam", "340 g", 289, "Beerengarten", "From ripe fruit of the Wachau." },
	{ "Hazelnut spread", "400 g", 449, "Nussvogel", "Two fifths hazelnuts, no palm oil.", FEATURED },
	{ "Peanut butter, crunchy", "350 g", 379, "Nussvogel", "Peanuts and a pinch of salt." },
};

static const struct seed_product world[] = {
	{ "Coconut milk", "400 ml", 179, "Orivanta", "Creamy, without thickeners." },
	{ "Soy sauce", "250 ml", 299, "Orivanta", "Brewed for six months in cedar." },
	{ "Red curry paste", "110 g", 249, "Orivanta", "Chilli, lemongrass and galangal. Start with one spoon." },
	{ "Wheat tortillas", "6 pieces", 229, "Orivanta", "Soft and large enough to wrap a supper." },
	{ "Udon noodles", "300 g", 249, "Orivanta", "Thick and springy; two minutes in the broth." },
	{ "Tahini", "250 g", 429, "Tavola Blu", "Hulled sesame, ground between stones.", SOLD_OUT },
};

const struct seed_category seed_pantry[] = {
	SEED_CATEGORY("Pasta", "PAS", TAX_FOOD, pasta),
	SEED_CATEGORY("Rice and grains", "RIC", TAX_FOOD, rice),
	SEED_CATEGORY("Oil and vinegar", "OIL", TAX_FOOD, oil),
	SEED_CATEGORY("Tins and jars", "TIN", TAX_FOOD, tins),
	SEED_CATEGORY("Sauces and spices", "SPI", TAX_FOOD, spices),
	SEED_CATEGORY("Baking", "BAK", TAX_FOOD, baking),
	SEED_CATEGORY("Breakfast", "BFT", TAX_FOOD, breakfast),
	SEED_CATEGORY("Honey and spreads", "HON", TAX_FOOD, spreads),
	SEED_CATEGORY("World kitchen", "WOR", TAX_FOOD, world),
	{ 0 },
};

static const struct seed_product chocolate[] = {
	{ "Dark chocolate 70 %", "100 g", 249, "Kakaoberg",
	  "Single-origin beans from Peru. Red fruit and a little smoke." },
	{ "Milk chocolate", "100 g", 179, "Schokolind", "Alpine milk, long conched." },
	{ "Milk chocolate with hazelnuts", "100 g", 199, "Schokolind", "Whole nuts, one in every bite.", FEATURED },
	{ "White chocolate with raspberry", "100 g", 229, "Schokolind", "Sweet and sour in one piece." },
	{ "Marzipan bar", "125 g", 219, "Schokolind", "Almonds and rose water under dark chocolate." },
	{ "Pralines, assorted", "200 g", 899, "Kakaoberg", "Sixteen pieces, made by hand.", SAFETY },
	{ "Chocolate orange thins", "150 g", 349, "Kakaoberg", "Thin leaves with candied peel." },
	{ "Drinking chocolate", "250 g", 499, "Kakaoberg", "Flakes, not powder: whisk into hot milk." },
};

static const struct seed_product biscuits[] = {
	{ "Butter biscuits", "200 g", 149, "Knabberhof", "Fifty-two teeth around the edge." },
	{ "Oat cookies", "225 g", 249, "Knabberhof", "Chewy inside, with a little cinnamon." },
	{ "Chocolate wafers", "250 g", 229, "Knabberhof", "Five layers, filled with cocoa cream." },
	{ "Almond cantuccini", "250 g", 349, "Vallombra", "Baked twice. Dip them in something." },
	{ "Shortbread", "150 g", 279, "Knabberhof", "A third butter and proud of it." },
	{ "Rice cakes with sea salt", "120 g", 129, "Feldkind", "Light and crackling." },
};

static const struct seed_product crisps[] = {
	{ "Salted crisps", "150 g", 199, "Knabberhof", "Hand-cut, cooked in kettles." },
	{ "Paprika crisps", "150 g", 199, "Knabberhof", "The ones that are gone first." },
	{ "Tortilla chips", "200 g", 229, "Orivanta", "Stone-ground corn. Salsa not included." },
	{ "Pretzel sticks", "250 g", 119, "Knabberhof", "Always in the bowl, never left over." },
	{ "Cashews, roasted and salted", "150 g", 349, "Nussvogel", "Roasted in small drums." },
	{ "Walnut halves", "200 g", 399, "Nussvogel", "This year's harvest from the Isere." },
	{ "Trail mix", "200 g", 299, "Nussvogel", "Raisins, almonds, hazelnuts and cashews." },
	{ "Popcorn, sweet", "100 g", 149, "Knabberhof", "For two people and one film." },
};

static const struct seed_product sweets[] = {
	{ "Fruit gums", "250 g", 159, "Bonbonara", "Six fruits, coloured by their juice." },
	{ "Liquorice snails", "200 g", 149, "Bonbonara", "Unroll or bite: people are divided." },
	{ "Salted caramels", "150 g", 329, "Petit Courtil", "Butter caramel with flakes of salt.", FEATURED },
	{ "Peppermint drops", "100 g", 129, "Bonbonara", "Strong ones." },
	{ "Honey lozenges", "75 g", 189, "Honigtal", "For the voice and for the soul." },
	{ "Marshmallows", "200 g", 179, "Bonbonara", "For the fire or the cocoa." },
};

const struct seed_category seed_snacks[] = {
	SEED_CATEGORY("Chocolate", "CHO", TAX_FOOD, chocolate),
	SEED_CATEGORY("Biscuits", "BIS", TAX_FOOD, biscuits),
	SEED_CATEGORY("Crisps and nuts", "CRI", TAX_FOOD, crisps),
	SEED_CATEGORY("Sweets", "SWE", TAX_FOOD, sweets),
	{ 0 },
};
