"""What is assumed: values with ranges and sources, levers, policies, random streams."""
