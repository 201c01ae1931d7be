"""LibreOffice without a window: a workbook recalculated by a macro that times itself."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory


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
        standard = self.folder / "profile" / "user" / "basic" / "Standard"
        if not standard.is_dir():
            self._run("--terminate_after_init")
        saved, taken = self.folder / "saved.xlsx", self.folder / "seconds.txt"
        for old in (saved, taken):
            old.unlink(missing_ok=True)
        macro = _MACRO.format(
            book=book.as_uri(), saved=saved.as_uri(), taken=taken.as_uri(), times=times
        )
        (standard / "Module1.xba").write_text(macro, "utf-8")
        (standard / "script.xlb").write_text(_LIBRARY, "utf-8")
        self._run("macro:///Standard.Module1.Recalculate")
        return [float(line) / 1000 for line in taken.read_text().split()], saved

    def _run(self, *words: str) -> None:
        profile = f"-env:UserInstallation={(self.folder / 'profile').as_uri()}"
        command = [self.program, profile, "--headless", "--norestore", *words]
        subprocess.run(command, capture_output=True, timeout=300, check=True)


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
