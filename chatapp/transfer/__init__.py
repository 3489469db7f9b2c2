"""Export and import of conversations: file formats, and the queries that read and store them."""
