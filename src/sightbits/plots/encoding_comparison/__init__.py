"""Pictures of encodings compared."""
