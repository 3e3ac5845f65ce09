"""One question each: a study turns data into a result. No study imports another."""
