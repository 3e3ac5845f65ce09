"""Where images come from: the catalogue, copies on this machine, fetching, file formats, splits."""
