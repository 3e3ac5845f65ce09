"""Arrays or images in, `Estimate` out: the figure, what chance would give, and how far off it may be."""
