"""Goldens: what six authorities and England say today, kept to show when an answer moves.

They protect a move of code and nothing else. They are this program's own output, so that
they agree says only that nothing changed, never that it is right: expected values stand
with the tests of the model, in `tests.reference` and in the publisher's files.

Six authorities of different kinds under three scenarios, and England's sums. Of each are
kept ``results.csv`` (compressed; numbers agree to 1e-9, as platforms differ in the last
digit) and a text to be read: what replaces each picture in words, and the workbook, sheet
by sheet. Sheets that hold no answer, or the same numbers as results.csv, are left out.

After a change that is meant to move them: ``python -m tests.goldens``, and say in
CHANGELOG.md under "Numbers that change" which moved, by how much and why.
"""
