"""The page of information through a network: `page` says what it shows, `texts` in sentences, `tables` in numbers."""
