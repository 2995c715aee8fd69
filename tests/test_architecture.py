"""Who may know whom: the rules of the house, read from the sources' includes and imports."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import descend

ROOT = Path(__file__).resolve().parents[1]
CPP = ROOT / "cpp"
PYTHON = ROOT / "python"

ROOMS = {
    "core": {"core"},
    "kernels": {"core", "kernels"},
    "pipeline": {"core", "kernels", "pipeline"},
    "graph": {"core", "graph"},
    "lessons": {"lessons"},
}
STAGES = (
    "batch",
    "activation",
    "forward",
    "loss",
    "backward",
    "crew",
    "by_layers",
    "by_rows",
    "update",
    "units",
    "plan",
    "pass",
    "first",
    "halves",
    "shares",
    "step",
    "evaluate",
    "train",
    "together",
)

FILES = {"descend.data.load", "descend.data.stream", "descend.persist", "descend.cli"}
FILE_MODULES = {"csv", "pathlib", "safetensors", "shutil", "tempfile"}


# C++: the includes


def includes(path: Path) -> list[str]:
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', path.read_text(), re.MULTILINE)


SOURCES = {path.relative_to(CPP).as_posix(): includes(path) for path in sorted(CPP.rglob("*.[ch]pp"))}
LIBRARY = {name: found for name, found in SOURCES.items() if name.startswith("descend/")}


def test_a_room_of_the_library_includes_only_the_rooms_it_may_know() -> None:
    wrong = [
        (name, include)
        for name, found in LIBRARY.items()
        for include in found
        if include.startswith("descend/")
        and PurePosixPath(include).parts[1] not in ROOMS[PurePosixPath(name).parts[1]]
    ]
    assert not wrong


def test_a_stage_of_the_pipeline_includes_only_the_stages_before_it() -> None:
    def place(name: str) -> int:
        return STAGES.index(PurePosixPath(name).stem)

    wrong = [
        (name, include)
        for name, found in LIBRARY.items()
        if name.startswith("descend/pipeline/")
        for include in found
        if include.startswith("descend/pipeline/")
        and PurePosixPath(name).stem != PurePosixPath(include).stem
        and place(include) >= place(name)
    ]
    assert not wrong


def test_eigen_is_included_in_one_place() -> None:
    assert {name for name, found in SOURCES.items() if any(each.startswith("Eigen/") for each in found)} == {
        "descend/core/types.hpp"
    }


def test_the_library_knows_no_python() -> None:
    assert not [
        (name, include)
        for name, found in LIBRARY.items()
        for include in found
        if include.startswith(("pybind11", "Python.h", "numpy/", "bindings/"))
    ]


def test_the_binding_module_is_an_index_of_register_calls() -> None:
    text = (CPP / "bindings" / "module.cpp").read_text()
    body = re.search(r"PYBIND11_MODULE\([^)]*\) \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    assert body
    statement = re.compile(r'\s*(using namespace [\w:]+|m\.doc\(\) = "[^"]*"|register_\w+\(m\));')
    assert not [line for line in body[1].splitlines() if not statement.fullmatch(line)]


# Python: the imports


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PYTHON).with_suffix("").parts).removesuffix(".__init__")


TREES = {module_name(path): ast.parse(path.read_text()) for path in sorted(PYTHON.glob("descend/**/*.py"))}
MODULES = {*TREES, *map(module_name, PYTHON.glob("descend/*.pyi"))}


def imports(module: str) -> Iterator[str]:
    """What a module imports when it runs, anywhere in it: not what only the type checker reads."""
    nodes: list[ast.AST] = [TREES[module]]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            nodes += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)
        nodes += ast.iter_child_nodes(node)


IMPORTS = {module: set(imports(module)) for module in TREES}


def within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_imports_go_one_way() -> None:
    inner = {module: {each for each in found if each in TREES} for module, found in IMPORTS.items()}
    TopologicalSorter(inner).prepare()


def test_data_knows_nothing_of_networks() -> None:
    may_know = {"descend.data", "descend.errors", "descend.text"}
    assert not [
        (module, each)
        for module, found in IMPORTS.items()
        if within(module, {"descend.data"})
        for each in found
        if within(each, {"descend"}) and not within(each, may_know)
    ]


def test_configuration_knows_names_and_reports_know_how_to_draw_alone() -> None:
    may_know = {
        "descend.config": {"_core", "checks", "data.treatments", "losses", "optimizers"},
        "descend.report": {"plots", "text"},
    }
    assert not [
        (module, each)
        for room, others in may_know.items()
        for module, found in IMPORTS.items()
        if within(module, {room})
        for each in found
        if within(each, {"descend"}) and not within(each, {room, *(f"descend.{other}" for other in others)})
    ]


def test_only_loading_saving_and_the_command_line_touch_files() -> None:
    others = {module for module in TREES if module != "descend" and not within(module, FILES)}
    assert not [
        (module, each) for module in others for each in IMPORTS[module] if within(each, FILES | FILE_MODULES)
    ]
    calls = {
        (module, node.func.id)
        for module in others
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not [module for module, called in calls if called == "open"]


def test_nobody_but_the_command_line_knows_it() -> None:
    assert not [
        module
        for module, found in IMPORTS.items()
        if not within(module, {"descend.cli"}) and any(within(each, {"descend.cli"}) for each in found)
    ]


def test_the_library_does_not_lean_on_the_course() -> None:
    outer = {"descend.course", "descend.cli"}
    assert not [
        module
        for module, found in IMPORTS.items()
        if not within(module, outer) and any(within(each, {"descend.course"}) for each in found)
    ]


def test_importing_the_package_brings_numpy_alone() -> None:
    code = """
import sys
import numpy
before = set(sys.modules)
import descend
gained = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(gained - set(sys.stdlib_module_names) - {"descend", "numpy"}))
"""
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.split() == []


# One version


def test_every_version_is_that_of_the_build() -> None:
    built = re.search(r"project\(descend VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())
    assert built
    assert descend.build_info()["version"] == built[1]
    assert descend.__version__ == built[1]
    if not Path(descend.__file__).is_relative_to(ROOT):
        assert version("descend") == built[1]
