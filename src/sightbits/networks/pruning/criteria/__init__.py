"""By what filters are chosen: a function a criterion, larger being more important."""
