"""One named random stream per assumption, so that one never moves another's numbers.

A stream is keyed by the seed, its name and the area, and is drawn in whole blocks of a
fixed number of futures. Adding an assumption, an area, a year or more draws therefore
leaves every number already drawn as it was; scenarios do not enter the key, so that two
scenarios meet the same futures and their difference is not noise.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

import numpy as np

# Part of the format: another block size would be another set of futures.
BLOCK_DRAWS = 1024
NATIONAL = "England"


def normals(
    name: str, area: str, *, seed: int, rows: int, draws: int, first: int = 0
) -> np.ndarray:
    """Standard normal numbers of a named stream.

    Parameters
    ----------
    name : str
        Name of the assumption or shock.
    area : str
        DfE code for an area's own stream, `NATIONAL` for one that all areas share.
    rows : int
        Years (or 1); a longer run keeps the earlier years' numbers.
    first : int
        Number of the first future wanted; a multiple of `BLOCK_DRAWS`.

    Returns
    -------
    ndarray, shape (rows, draws)
    """
    # Every authority meets the same national futures, so they are drawn once.
    block_of = _national_block if area == NATIONAL else _block
    parts = []
    for start in range(first, first + draws, BLOCK_DRAWS):
        block = block_of(f"{seed}|{name}|{area}|{start // BLOCK_DRAWS}", rows)
        parts.append(block[:, : first + draws - start])
    return np.concatenate(parts, axis=1)


def _block(key: str, rows: int) -> np.ndarray:
    return _generator(key).standard_normal((rows, BLOCK_DRAWS))


# One block of a usual scenario's fifty-odd national numbers; at most some 30 MB.
_national_block = lru_cache(maxsize=512)(_block)


def _generator(key: str) -> np.random.Generator:
    digest = hashlib.blake2b(key.encode("utf-8"), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
