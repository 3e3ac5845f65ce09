"""Stores, files and objects of other libraries opened as streams of images: `opening` is the door."""
