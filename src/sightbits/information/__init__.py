"""Pure functions from counts or points to nats."""
