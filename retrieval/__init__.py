"""Articles in, cited answers out. Start reading at `retrieval.library`."""
