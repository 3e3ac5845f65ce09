"""Networks that take in any set of readings: trained with torch (extra `torch`), used with NumPy alone."""
