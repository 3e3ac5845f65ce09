"""Which pixels, in what order, how stable that order is, and how well the first ones do."""
