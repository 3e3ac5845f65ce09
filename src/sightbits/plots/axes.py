"""From where to where axes go, by the numbers of a table that stand on them."""

from sightbits.plots.picture import Rows


def domain(*columns: list[float | None]) -> tuple[float, float]:
    """Return where an axis that begins at zero ends so that all numbers are on it; it goes below only for these.

    Examples
    --------
    >>> domain([0.5, None], [2.0]), domain([-1.0]), domain([None])
    ((0.0, 2.0), (-1.0, 0.0), (0.0, 1.0))
    """
    numbers = [number for column in columns for number in column if number is not None]
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    return (low, high) if high > low else (0.0, 1.0)


def span(*columns: list[float | None]) -> tuple[float, float]:
    """Return from where to where numbers go, with a little room, but not below 0 for it; 0 to 1 where there are none.

    Examples
    --------
    >>> span([1.0, None], [3.0]), span([None]), span([2.0]), span([0.01, 1.01])
    ((0.9, 3.1), (0.0, 1.0), (1.5, 2.5), (0.0, 1.06))
    """
    numbers = [number for column in columns for number in column if number is not None]
    if not numbers:
        return (0.0, 1.0)
    low, high = min(numbers), max(numbers)
    room = 0.05 * (high - low) or 0.5
    return (low - room if low < 0 else max(0.0, low - room), high + room)


def column(rows: Rows, name: str) -> list[float | None]:
    """Return one field of all rows."""
    return [row[name] for row in rows]
