"""The pictures of an audit: `data` makes the data sets, `charts`, `rankers`, `redundancy` draw, `pictures` dresses."""
