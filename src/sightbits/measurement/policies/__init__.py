"""Which pixel to measure next: a class a policy, found by its `NAME`."""
