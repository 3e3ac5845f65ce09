"""The page of encodings compared: `page` says what it shows, `tables` the same in numbers, `data` what charts draw."""
