"""The area profile: published indicators under the three questions of area inspections.

The names and their types are in ``__init__.pyi``; each is imported when first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
