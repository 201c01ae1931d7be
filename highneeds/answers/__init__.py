"""What is said of a run or of the record: tables, sentences and scores, as data."""
