"""Words for grey levels."""

_OF_FEW = {2: ("dark", "bright"), 3: ("dark", "middle", "bright")}


def level_names(n_levels: int) -> tuple[str, ...]:
    """Return a word for each level, from dark to bright.

    Examples
    --------
    >>> level_names(3), level_names(5)[0]
    (('dark', 'middle', 'bright'), 'level 0 of 5')
    """
    return _OF_FEW.get(n_levels) or tuple(f"level {i} of {n_levels}" for i in range(n_levels))
