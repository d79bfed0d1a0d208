"""How often what a mind says of a repair is right, measured on a fixed set, and what it may therefore write by itself."""
