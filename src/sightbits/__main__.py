"""`python -m sightbits` is the same as `sightbits`."""

from sightbits.cli import main

if __name__ == "__main__":
    main()
