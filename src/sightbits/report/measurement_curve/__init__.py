"""The page of a study of measuring, a file a part: `page` puts it together."""
