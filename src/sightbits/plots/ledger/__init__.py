"""Pictures of the ledger: claims by verdict, and the pictures of the sources redrawn."""
