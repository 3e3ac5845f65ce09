"""What is believed of a hidden image: a class a belief, found by its `NAME`."""
