"""The page of the ledger: `page` says what it shows, `claims` what is told of each claim, `drawn` of each picture."""
