"""threadpoolctl learns of descend's threads, whichever of the two is imported first: its limits bind here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

from descend import _core


def register_with_threadpoolctl() -> None:
    """Register now if threadpoolctl is loaded, else once somebody loads it; this never loads it."""
    if "threadpoolctl" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _FinderOfThreadpoolctl())


class _FinderOfThreadpoolctl(MetaPathFinder):
    """Finds threadpoolctl as the other finders do, once, and has it followed by the registration."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "threadpoolctl":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is None or spec.loader is None:
            sys.meta_path.insert(0, self)
            return None
        load = spec.loader.exec_module

        def load_and_register(module: ModuleType) -> None:
            load(module)
            _register()

        spec.loader.exec_module = load_and_register  # type: ignore[method-assign]
        return spec


def _register() -> None:
    import threadpoolctl

    if not hasattr(threadpoolctl, "register"):  # before 3.2
        return
    level, version = _core.build_info()["level"], _core.build_info()["version"]

    class DescendController(threadpoolctl.LibController):  # type: ignore[misc]
        user_api = "descend"
        internal_api = "descend"
        filename_prefixes = (f"_core_{level}.",)

        def get_num_threads(self) -> int:
            return _core.get_num_threads()

        def set_num_threads(self, num_threads: int) -> None:
            _core.set_num_threads(num_threads)

        def get_version(self) -> str:
            return str(version)

    threadpoolctl.register(DescendController)
