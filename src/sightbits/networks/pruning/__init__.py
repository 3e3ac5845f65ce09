"""Which filters of a network matter, and networks without the others."""
