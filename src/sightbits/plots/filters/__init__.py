"""The pictures of a study of filters: what pruning costs in accuracy, what single filters tell, how many are enough."""
