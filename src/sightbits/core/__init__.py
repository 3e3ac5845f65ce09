"""Types and nothing else: units, images, grey levels, count tables, estimates, results."""
