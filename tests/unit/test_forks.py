"""Two pieces of work at once, in processes of one thread: a test run has several."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are Linux's")

SCRIPT = """
import os, signal
from highneeds.forks import abreast, fork_is_safe
assert fork_is_safe()
own = os.getpid()
def here():
    return {"a": b"here", "z": b"here"}
def there():
    {there}
    return {"m": bytes(range(256)) * 1000, "b": str(os.getpid() != own).encode()}
try:
    found = abreast(here, there)
    print(list(found), found["b"], len(found["m"]), found["m"][:256] == bytes(range(256)))
except ValueError as error:
    print("raised", error, os.getpid() == own)
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("none left")
"""


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("pass", "['a', 'z', 'm', 'b'] b'True' 256000 True"),
        # The fork is killed: made here.
        (
            "os.getpid() != own and os.kill(os.getpid(), signal.SIGKILL)",
            "['a', 'z', 'm', 'b'] b'False' 256000 True",
        ),
        ("raise ValueError('broken')", "raised broken True"),
    ],
)
def test_what_a_fork_makes_is_here_in_the_end(there, said):
    code = SCRIPT.replace("{there}", there)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.splitlines(), done.stderr) == ([said, "none left"], "")


THREAD = """
import threading
held = threading.Event()
threading.Thread(target=held.wait, daemon=True).start()
assert not fork_is_safe()
"""
BUSY = "import highneeds.forks; highneeds.forks.keep_to_one()"


@pytest.mark.parametrize("otherwise", [THREAD, BUSY])
def test_with_a_second_thread_or_no_core_left_both_are_made_here(otherwise):
    code = SCRIPT.replace("{there}", "pass")
    code = code.replace("assert fork_is_safe()", otherwise)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )
    said = "['a', 'z', 'm', 'b'] b'False' 256000 True"
    assert (done.stdout.splitlines(), done.stderr) == ([said, "none left"], "")
