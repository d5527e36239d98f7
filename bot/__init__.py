"""The bot and its command line. Imports from `retrieval` its public names only."""
