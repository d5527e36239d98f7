"""Whether articles bear out what a sentence says."""
