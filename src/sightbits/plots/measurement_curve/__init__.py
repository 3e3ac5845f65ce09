"""The pictures of a study of measuring: `words` and `data` are shared with its page, `charts` and `tree` draw."""
