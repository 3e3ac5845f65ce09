from sightbits.core.progress import Progress, silent


def test_silence_takes_steps_and_says_nothing() -> None:
    assert isinstance(silent, Progress)
    assert silent("a step", 1, 2) is None
