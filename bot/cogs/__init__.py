"""The families of commands and events, one a module."""
