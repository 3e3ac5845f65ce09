"""Observing a training run of the user's own: what its layers tell, while it goes on as it would have."""
