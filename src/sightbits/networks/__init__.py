"""Networks that studies train: the softmax regression in plain NumPy, the others with torch."""
