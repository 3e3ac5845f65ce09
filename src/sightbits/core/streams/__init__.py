"""Images that are read a chunk at a time: what they are, what is summed over them, and how, here or on a cluster."""
