"""Long-term memory: the journals (Markdown files), and everything derived from them."""
