"""Pure functions from counts to nats, and what chance alone would give."""
