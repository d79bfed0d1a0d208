"""Repairs of what the borrow checker refuses: loans that end sooner, are split, or become values of their own."""
