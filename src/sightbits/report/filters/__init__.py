"""The page of a study of filters: `page` says what it shows, `texts` in sentences, `tables` in numbers."""
