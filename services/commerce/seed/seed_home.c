/* SPDX-License-Identifier: Apache-2.0 */
/* Demo data: drinks, frozen food, household goods. */
#include "commerce/seed/seed_data.h"

static const struct seed_product water[] = {
	{ "Still mineral water", "6 x 1.5 l", 399, "Quellstein", "From a spring under granite, low in sodium." },
	{ "Sparkling mineral water", "6 x 1.5 l", 399, "Quellstein", "Lively, with fine bubbles.", FEATURED },
	{ "Gently sparkling water", "6 x 1 l", 449, "Quellstein", "Half the bubbles." },
	{ "Water in glass bottles", "6 x 750 ml", 599, "Quellstein", "Returnable bottles for the table." },
	{ "Water with lemon and mint", "750 ml", 119, "Quellstein", "Flavoured, not sweetened." },
};

static const struct seed_product juice[] = {
	{ "Apple juice, cloudy", "1 l", 199, "Saftlaube", "Pressed from orchard apples, not from concentrate." },
	{ "Orange juice", "1 l", 299, "Saftlaube", "Eleven oranges a bottle, pulp included.", FEATURED },
	{ "Multivitamin juice", "1 l", 219, "Saftlaube", "Twelve fruits in one glass." },
	{ "Grape juice, red", "750 ml", 279, "Saftlaube", "Wine for those who drive." },
	{ "Tomato juice", "750 ml", 249, "Saftlaube", "Pepper and ice are yours to add." },
	{ "Ginger shot", "6 x 60 ml", 999, "Saftlaube", "Short and fierce." },
};

static const struct seed_product soft_drinks[] = {
	{ "Cola", "6 x 330 ml", 399, "Sprudelino", "Kola nut, vanilla and a little lime." },
	{ "Cola without sugar", "6 x 330 ml", 399, "Sprudelino", "All of the fizz." },
	{ "Orangeade", "1 l", 169, "Sprudelino", "With a fifth of orange juice." },
	{ "Lemonade, cloudy", "4 x 250 ml", 459, "Sprudelino", "From whole Sicilian lemons." },
	{ "Tonic water", "4 x 200 ml", 399, "Sprudelino", "Dry and bitter, with real quinine." },
	{ "Iced tea, peach", "1.5 l", 179, "Teehalm", "Brewed from leaves, then cooled." },
};

static const struct seed_product coffee[] = {
	{ "Espresso beans", "1 kg", 1699, "Rostgold", "Dark roast with cocoa and walnut. Our best seller.", FEATURED },
	{ "Filter coffee, ground", "500 g", 699, "Rostgold", "Mild and round, for the big pot." },
	{ "Crema beans", "1 kg", 1599, "Rostgold", "Medium roast for machines." },
	{ "Single-origin Ethiopia", "250 g", 899, "Rostgold", "Light roast; blueberry and jasmine in the cup.",
	  SAFETY },
	{ "Decaf, ground", "250 g", 499, "Rostgold", "Decaffeinated with water, tastes like coffee." },
	{ "Coffee capsules, compostable", "20 pieces", 649, "Rostgold", "Strength eight of ten." },
	{ "Cold brew", "250 ml", 249, "Rostgold", "Steeped for eighteen hours." },
};

static const struct seed_product tea[] = {
	{ "English breakfast", "25 bags", 299, "Teehalm", "Assam and Ceylon: strong enough for milk." },
	{ "Earl Grey", "100 g", 549, "Teehalm", "Loose leaves scented with bergamot." },
	{ "Green sencha", "100 g", 699, "Teehalm", "Steamed leaves; let the water cool to 70 degrees." },
	{ "Peppermint tea", "20 bags", 199, "Teehalm", "Whole leaves, nothing else." },
	{ "Camomile tea", "20 bags", 199, "Teehalm", "Grandmother was right." },
	{ "Rooibos vanilla", "20 bags", 249, "Teehalm", "Free of caffeine, soft and sweet." },
};

static const struct seed_product beer[] = {
	{ "Pilsner", "6 x 500 ml", 649, "Hopfenruh", "Dry, with noble hops." },
	{ "Lager", "6 x 500 ml", 599, "Hopfenruh", "Six weeks in a cold cellar." },
	{ "Wheat beer", "500 ml", 129, "Hopfenruh", "Banana, clove and a tall head." },
	{ "Pale ale", "330 ml", 219, "Hopfenruh", "Grapefruit and pine, dry-hopped twice." },
	{ "Alcohol-free wheat beer", "6 x 500 ml", 599, "Hopfenruh", "Isotonic, after the run.", SOLD_OUT },
	{ "Cider, dry", "750 ml", 499, "Saftlaube", "From old apple trees, fermented in the bottle." },
};

static const struct seed_product wine[] = {
	{ "Riesling, dry", "750 ml", 899, "Weingut Steilhang", "Slate, peach and a clean finish.", FEATURED },
	{ "Pinot grigio", "750 ml", 699, "Vallombra", "Light, for the terrace." },
	{ "Grauburgunder", "750 ml", 849, "Weingut Steilhang", "Pear and almond, with some body." },
	{ "Merlot", "750 ml", 599, "Clos Ventelune", "Plum and soft tannin." },
	{ "Primitivo", "750 ml", 799, "Vallombra", "Dark fruit from the heel of the boot." },
	{ "Rose from Provence", "750 ml", 999, "Clos Ventelune", "Pale, dry, best by the sea." },
	{ "Cremant brut", "750 ml", 1199, "Clos Ventelune", "Bottle-fermented, with fine bubbles.", SAFETY },
};

const struct seed_category seed_drinks[] = {
	SEED_CATEGORY("Water", "WAT", TAX_OTHER, water),
	SEED_CATEGORY("Juice", "JUI", TAX_OTHER, juice),
	SEED_CATEGORY("Soft drinks", "SOF", TAX_OTHER, soft_drinks),
	SEED_CATEGORY("Coffee", "COF", TAX_FOOD, coffee),
	SEED_CATEGORY("Tea", "TEA", TAX_FOOD, tea),
	SEED_CATEGORY("Beer and cider", "BEE", TAX_OTHER, beer),
	SEED_CATEGORY("Wine", "WIN", TAX_OTHER, wine),
	{ 0 },
};

static const struct seed_product ice_cream[] = {
	{ "Vanilla ice cream", "500 ml", 449, "Gelateria Nuvola", "Cream, eggs and Bourbon vanilla." },
	{ "Chocolate ice cream", "500 ml", 449, "Gelateria Nuvola", "Nearly black." },
	{ "Pistachio ice cream", "500 ml", 599, "Gelateria Nuvola", "From Sicilian pistachios, so it is not green.",
	  FEATURED },
	{ "Raspberry sorbet", "500 ml", 429, "Gelateria Nuvola", "More than half fruit." },
	{ "Mini cones", "12 pieces", 399, "Gelateria Nuvola", "Two bites each." },
	{ "Oat ice cream, salted caramel", "500 ml", 529, "Feldkind", "Without milk, with crunch." },
};

static const struct seed_product frozen_vegetables[] = {
	{ "Garden peas", "750 g", 249, "Polarfein", "Frozen within three hours of picking." },
	{ "Leaf spinach", "600 g", 229, "Polarfein", "In small portions." },
	{ "Soup vegetables", "750 g", 199, "Polarfein", "Carrot, celeriac, leek and parsley, diced." },
	{ "Raspberries", "300 g", 349, "Polarfein", "Whole berries for cakes and sauces." },
	{ "Mixed berries", "500 g", 449, "Polarfein", "Strawberry, blackberry, currant and blueberry." },
	{ "Herb mix", "50 g", 149, "Polarfein", "Eight garden herbs, ready to sprinkle." },
};

static const struct seed_product meals[] = {
	{ "Pizza margherita", "2 x 330 g", 499, "Forno Allegro", "Stone-baked, the dough rests for a day." },
	{ "Pizza with salami", "350 g", 329, "Forno Allegro", "Generous with the salami." },
	{ "Lasagne", "600 g", 549, "Forno Allegro", "Slow ragu, bechamel, crust." },
	{ "Oven chips", "1 kg", 299, "Polarfein", "Thick-cut, with skin." },
	{ "Fish fingers", "15 pieces", 449, "Nordklipp", "Fillets of pollock in a golden crumb." },
	{ "Vegetable dumplings", "300 g", 399, "Orivanta", "Steam them for eight minutes." },
};

const struct seed_category seed_frozen[] = {
	SEED_CATEGORY("Ice cream", "ICE", TAX_FOOD, ice_cream),
	SEED_CATEGORY("Frozen vegetables and fruit", "FRV", TAX_FOOD, frozen_vegetables),
	SEED_CATEGORY("Pizza and meals", "PIZ", TAX_FOOD, meals),
	{ 0 },
};

static const struct seed_product cleaning[] = {
	{ "Washing-up liquid", "500 ml", 149, "Saubermond", "Cuts grease, kind to hands." },
	{ "Dishwasher tablets", "40 pieces", 799, "Saubermond", "In film that dissolves." },
	{ "All-purpose cleaner", "1 l", 249, "Saubermond", "Smells of lemon, not of swimming pool." },
	{ "Bathroom spray", "500 ml", 279, "Saubermond", "Citric acid against limescale." },
	{ "Glass cleaner", "500 ml", 229, "Saubermond", "Without streaks." },
	{ "Sponges", "5 pieces", 179, "Saubermond", "One soft side, one that means it." },
	{ "Bin bags 35 l", "30 pieces", 249, "Saubermond", "Recycled, with handles." },
};

static const struct seed_product laundry[] = {
	{ "Colour detergent", "1.5 l", 699, "Frischbrise", "Thirty washes at thirty degrees." },
	{ "Heavy-duty detergent", "1.6 kg", 799, "Frischbrise", "For white things and football shirts." },
	{ "Wool wash", "1 l", 449, "Frischbrise", "Cold water, lanolin, no wringing." },
	{ "Toilet paper, 3-ply", "8 rolls", 449, "Papierfalter", "Recycled and soft.", FEATURED },
	{ "Kitchen roll", "4 rolls", 349, "Papierfalter", "Strong when wet." },
	{ "Tissues", "15 x 10 pieces", 229, "Papierfalter", "Four layers." },
	{ "Baking paper", "42 sheets", 279, "Papierfalter", "Cut to the size of the tray, unbleached." },
};

static const struct seed_product care[] = {
	{ "Shampoo, camomile", "250 ml", 349, "Hautmild", "For every day, without silicone." },
	{ "Conditioner", "200 ml", 379, "Hautmild", "Untangles long hair." },
	{ "Shower gel, sea breeze", "250 ml", 229, "Hautmild", "Wakes you up." },
	{ "Hand soap, almond", "300 ml", 199, "Hautmild", "With a pump; refills exist." },
	{ "Hand cream", "75 ml", 299, "Hautmild", "Absorbs while the kettle boils." },
	{ "Toothpaste, mint", "75 ml", 199, "Zahnperl", "With fluoride." },
	{ "Toothbrushes, medium", "2 pieces", 349, "Zahnperl", "Handles of beech wood." },
	{ "Sun cream SPF 50", "200 ml", 1299, "Hautmild", "Light, waterproof, kind to reefs.", SOLD_OUT },
	{ "Plasters", "20 pieces", 249, "Hautmild", "In four sizes." },
};

static const struct seed_product baby[] = {
	{ "Nappies size 3", "52 pieces", 1199, "Federkind", "For 5 to 9 kg. Twelve hours dry." },
	{ "Nappies size 4", "46 pieces", 1199, "Federkind", "For 8 to 14 kg." },
	{ "Wet wipes, unscented", "4 x 80 pieces", 649, "Federkind", "Water and cotton." },
	{ "Carrot puree", "4 x 125 g", 399, "Federkind", "After the fourth month. Carrots and nothing else." },
	{ "Apple and pear pouch", "90 g", 129, "Federkind", "For the road." },
};

static const struct seed_product pets[] = {
	{ "Cat food with salmon", "12 x 85 g", 799, "Schnurrfein", "In jelly. Fussy cats approve." },
	{ "Dry cat food", "1.5 kg", 899, "Schnurrfein", "Poultry and rice for grown cats." },
	{ "Cat litter", "10 l", 699, "Schnurrfein", "Clumps, and is made of plants." },
	{ "Dog food with beef", "6 x 400 g", 999, "Wuffelhof", "Muscle meat, carrots and nothing odd." },
	{ "Dry dog food", "4 kg", 1999, "Wuffelhof", "For medium breeds, free of grain." },
	{ "Dog chews", "7 pieces", 299, "Wuffelhof", "One a day for the teeth." },
	{ "Bird seed", "1 kg", 249, "Wuffelhof", "Sunflower, hemp and millet for the winter garden." },
};

const struct seed_category seed_home[] = {
	SEED_CATEGORY("Cleaning", "CLE", TAX_OTHER, cleaning),
	SEED_CATEGORY("Laundry and paper", "LAU", TAX_OTHER, laundry),
	SEED_CATEGORY("Personal care", "CAR", TAX_OTHER, care),
	SEED_CATEGORY("Baby", "BAB", TAX_OTHER, baby),
	SEED_CATEGORY("Pets", "PET", TAX_OTHER, pets),
	{ 0 },
};
