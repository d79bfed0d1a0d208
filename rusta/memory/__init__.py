"""Her memory: journals as files, and what is derived from them."""
