"""What is published, as one long table with one record a measure."""
