"""LibreOffice without a window: a workbook recalculated by a macro that times itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape


@contextmanager
def libreoffice() -> Iterator[LibreOffice | None]:
    """A LibreOffice with a profile of its own; None where it is not installed."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        yield None
        return
    # It may still write to its profile while it goes.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield LibreOffice(program, Path(folder))


@dataclass(frozen=True)
class LibreOffice:
    """The program, and a folder for its profile, its macro and the workbooks."""

    program: str
    folder: Path

    def recalculate(self, book: Path, times: int) -> tuple[list[float], Path]:
        """Open a workbook, recalculate every cell some times, save it under another name.

        Returns
        -------
        seconds : list
            Of each recalculation alone, without opening and saving.
        saved : Path
        """
        saved, taken = self.folder / "saved.xlsx", self.folder / "seconds.txt"
        for old in (saved, taken):
            old.unlink(missing_ok=True)
        macro = _MACRO.format(
            book=book.as_uri(), saved=saved.as_uri(), taken=taken.as_uri(), times=times
        )
        self._write_macro(macro)
        self._run("macro:///Standard.Module1.Recalculate")
        return [float(line) / 1000 for line in taken.read_text().split()], saved

    def chosen(
        self, books: Sequence[Path], choose: str, among: Sequence[str], block: str
    ) -> Iterator[list[list[list[object]]]]:
        """Of each workbook what a block of cells comes to with each choice of a cell.

        Every formula is worked out anew after every choice. All workbooks are opened one
        after another in one program, which takes as long to start as some of them.

        Parameters
        ----------
        choose : str
            The name of the cell that is set.
        among : sequence of str
            What it is set to, in turn.
        block : str
            The name of the block that is read.

        Yields
        ------
        list
            Of a workbook, by choice, the rows of the block: numbers and texts.
        """
        self._write_macro(
            _CHOOSE.format(
                books=escape(_array(book.as_uri() for book in books)),
                among=escape(_array(among)),
                choose=choose,
                block=block,
                found=(self.folder / "found").as_uri(),
            )
        )
        for old in self.folder.glob("found*.txt"):
            old.unlink()
        self._run("macro:///Standard.Module1.Recalculate", timeout=300.0 * (1 + len(books)))
        for number, _ in enumerate(books):
            text = (self.folder / f"found{number}.txt").read_text("utf-8")
            turns = text.split("\f\n")[: len(among)]
            yield [[_values(line) for line in turn.splitlines()] for turn in turns]

    def _write_macro(self, macro: str) -> None:
        standard = self.folder / "profile" / "user" / "basic" / "Standard"
        if not standard.is_dir():
            self._run("--terminate_after_init")
        (standard / "Module1.xba").write_text(macro, "utf-8")
        (standard / "script.xlb").write_text(_LIBRARY, "utf-8")

    def _run(self, *words: str, timeout: float = 300.0) -> None:
        profile = f"-env:UserInstallation={(self.folder / 'profile').as_uri()}"
        command = [self.program, profile, "--headless", "--norestore", *words]
        subprocess.run(command, capture_output=True, timeout=timeout, check=True)


def _array(texts: Iterable[str]) -> str:
    quoted = ('"' + text.replace('"', '""') + '"' for text in texts)
    return f"Array({', '.join(quoted)})"


def _values(line: str) -> list[object]:
    """Cells of a row as the macro wrote them: a number, or a text behind a mark."""
    return [one[1:] if one.startswith("'") else float(one) for one in line.split("\t")[:-1]]


_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE library:library
 PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"
 library:readonly="false" library:passwordprotected="false">
 <library:element library:name="Module1"/>
</library:library>
"""
_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module
 PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"
 script:language="StarBasic">
Sub Recalculate
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  Dim kind(0) As New com.sun.star.beans.PropertyValue
  kind(0).Name = "FilterName"
  kind(0).Value = "Calc MS Excel 2007 XML"
  book = StarDesktop.loadComponentFromURL("{book}", "_blank", 0, hidden())
  number = FreeFile
  Open ConvertFromURL("{taken}") For Output As #number
  For turn = 1 To {times}
    began = GetSystemTicks()
    book.calculateAll()
    Print #number, GetSystemTicks() - began
  Next
  Close #number
  book.storeToURL("{saved}", kind())
  book.close(True)
  StarDesktop.terminate()
End Sub
</script:module>
"""
_CHOOSE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE script:module
 PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"
 script:language="StarBasic">
Sub Recalculate
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden"
  hidden(0).Value = True
  books = {books}
  among = {among}
  For one = LBound(books) To UBound(books)
    book = StarDesktop.loadComponentFromURL(books(one), "_blank", 0, hidden())
    book.enableAutomaticCalculation(False)
    number = FreeFile
    Open ConvertFromURL("{found}") &amp; one &amp; ".txt" For Output As #number
    For turn = LBound(among) To UBound(among)
      chosen = book.NamedRanges.getByName("{choose}").getReferredCells()
      chosen.getCellByPosition(0, 0).setString(among(turn))
      book.calculateAll()
      rows = book.NamedRanges.getByName("{block}").getReferredCells().getDataArray()
      For row = LBound(rows) To UBound(rows)
        line = ""
        For column = LBound(rows(row)) To UBound(rows(row))
          value = rows(row)(column)
          If VarType(value) = 8 Then
            line = line &amp; "'" &amp; value &amp; Chr(9)
          Else
            line = line &amp; Trim(Str(value)) &amp; Chr(9)
          End If
        Next
        Print #number, line
      Next
      Print #number, Chr(12)
    Next
    Close #number
    book.close(True)
  Next
  StarDesktop.terminate()
End Sub
</script:module>
"""
