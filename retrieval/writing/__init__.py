"""Answers in a language model's own words, of which only what the articles bear out is shown."""
