"""Measuring a hidden image pixel by pixel: what is believed, what is measured next, and when it is enough."""
