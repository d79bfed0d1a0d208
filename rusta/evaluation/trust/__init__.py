"""How often a model's accounts of repairs are right, measured on a fixed set, and what it may therefore write."""
