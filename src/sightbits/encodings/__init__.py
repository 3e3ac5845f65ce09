"""Grey values written otherwise, pixel by pixel, and the first layer of a network changed to match."""
