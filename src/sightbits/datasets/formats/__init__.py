"""One file a format: each reads its kind of file into `RawImages`, and says clearly what it could not read."""
