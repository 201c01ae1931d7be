"""An authority's own figures: read, checked, and a workbook to give them in."""
