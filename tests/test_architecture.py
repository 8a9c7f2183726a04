"""What the tree promises: which way imports go, and a test and a page for each module."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "rcseq"

# Each part of the package, and the other parts that it may import. A part is a module, or a folder
# of modules that may import each other; if it is public, it has one page in docs/api.
ARROWS: dict[str, set[str]] = {
    "_files": set(),
    "_messages": set(),
    "_workers": set(),
    "alphabet": set(),
    "sequences": {"_messages", "alphabet"},
    "io": {"_files", "_messages", "alphabet", "sequences"},
    "motifs": {"alphabet", "io"},
    "preprocessing": {"alphabet", "motifs", "sequences"},
    "datasets": {"alphabet", "io", "motifs", "sequences"},
    "nn.fieldtype": set(),
    "nn.functional": {"nn.fieldtype"},
    "nn.layers": {"nn.fieldtype", "nn.functional"},
    "nn.conversion": {"nn.fieldtype", "nn.functional", "nn.layers"},
    "nn.equivariance": {"nn.fieldtype"},
    "nn.losses": set(),
    "nn.networks": {"_messages", "nn.conversion", "nn.fieldtype", "nn.functional", "nn.layers"},
    "nn": {
        "nn.conversion",
        "nn.equivariance",
        "nn.fieldtype",
        "nn.functional",
        "nn.layers",
        "nn.losses",
        "nn.networks",
    },
    "strategies": {"_messages", "nn"},
    "targets": set(),
    # a strategy knows whether predictions agree on both strands
    "prediction": {"alphabet", "nn", "sequences", "strategies"},
    "metrics": {"prediction", "sequences"},
    "variants": {"_files", "alphabet", "io", "prediction", "sequences"},
    "scan": {"_files", "alphabet", "io", "prediction", "sequences"},
    "estimators": {
        "_messages",
        "alphabet",
        "nn",
        "prediction",
        "sequences",
        "strategies",
        "targets",
    },
    "persistence": {"_files", "estimators", "nn", "strategies"},
    # a preset is a whole model: what reads the sequences, and what learns from them;
    # the best one stacks networks with the strong baseline of comparisons
    "presets": {"_messages", "estimators", "model_selection", "preprocessing", "strategies"},
    "model_selection": {
        "_files",
        "alphabet",
        "io",  # the audit reads the places that names tell
        "metrics",
        "nn",
        "persistence",
        "plotting",
        "prediction",
        "preprocessing",
        "sequences",
        "strategies",
        "targets",
    },
    "inspection": {"alphabet", "datasets", "motifs", "nn", "prediction", "sequences"},
    "plotting": {"alphabet", "inspection", "metrics", "motifs", "prediction", "strategies"},
    "testing": {"alphabet", "nn", "preprocessing", "strategies"},
    "report": {"_files", "metrics", "model_selection", "plotting", "prediction", "strategies"},
    "experiments": {
        "_messages",
        "alphabet",
        "datasets",
        "estimators",
        "inspection",
        "io",
        "metrics",
        "model_selection",
        "nn",
        "persistence",
        "plotting",
        "prediction",  # whether a network reads the bases alone
        "preprocessing",
        "presets",
        "report",
        "sequences",
        "strategies",
    },
}
EVERYTHING = {"", "__main__", "cli"}  # the manifest and the command line stand above all others
FOR_ALL = {"_files", "_workers"}  # what every part may import

# Libraries that are kept in one place, so that they can be left out, or replaced.
HOMES = {
    "captum": {"inspection"},
    "modiscolite": {"motifs"},
    "skorch": {"estimators", "experiments"},
    "click": {"cli"},
    "jinja2": {"report"},
    "logomaker": {"plotting"},
    "matplotlib": {"plotting", "report"},
    "memelite": {"motifs"},
    "pooch": {"datasets"},
    "pybigtools": {"io"},
    "pysam": {"io"},
}
# Parts that must do with few libraries.
FRUGAL = {"alphabet": {"numpy"}, "nn": {"numpy", "torch"}}


def module_name(path: Path) -> str:
    """``rcseq/nn/layers/_conv.py`` -> ``nn.layers._conv``; the manifest is the empty name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def part_of(module: str) -> str:
    """The longest entry of the tables above that holds a module."""
    names = [name for name in (*ARROWS, *EVERYTHING) if within(module, {name})]
    return max(names, key=len, default=module)


@cache
def imports(module: str) -> frozenset[str]:
    """Full names of all that a module imports, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def imported_modules(module: str) -> set[str]:
    """The modules of this package that a module imports, without the leading ``rcseq.``."""
    found = set()
    for name in imports(module) - {"rcseq", "rcseq.__version__"}:
        parts = name.split(".")
        if parts[0] == "rcseq":
            inner = ".".join(parts[1:])  # a module, or something in a module
            found.add(inner if inner in MODULES else ".".join(parts[1:-1]))
    return found


def libraries(module: str) -> set[str]:
    """The third-party packages that a module imports."""
    tops = {name.split(".")[0] for name in imports(module)}
    return tops - {"rcseq", "__future__"} - sys.stdlib_module_names


def within(module: str, parts: set[str]) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in parts)


@pytest.mark.parametrize("module", MODULES)
def test_imports_follow_the_arrows(module: str) -> None:
    part = part_of(module)
    if part in EVERYTHING:
        return
    assert part in ARROWS, f"say in ARROWS what {part} may import"
    for target in imported_modules(module):
        assert target in MODULES, f"{module} imports rcseq.{target}, which does not exist"
        allowed = part_of(target) == part or within(target, ARROWS[part] | FOR_ALL)
        assert allowed, f"{module} may not import rcseq.{target}"


@pytest.mark.parametrize("module", MODULES)
def test_nothing_private_is_imported_from_another_part(module: str) -> None:
    for name in imports(module):
        if not name.startswith("rcseq.") or name == "rcseq.__version__":
            continue
        _, room, *inner = name.split(".")
        if room != module.split(".")[0]:
            private = [word for word in inner if word.startswith("_")]
            assert not private or room.startswith("_"), f"{name} is private to rcseq.{room}"


@pytest.mark.parametrize("library", HOMES)
def test_library_is_imported_in_its_home_only(library: str) -> None:
    strangers = {
        module
        for module in MODULES
        if library in libraries(module) and not within(module, HOMES[library])
    }
    assert not strangers


@pytest.mark.parametrize("part", FRUGAL)
def test_frugal_parts_import_few_libraries(part: str) -> None:
    for module in filter(lambda name: within(name, {part}), MODULES):
        assert libraries(module) <= FRUGAL[part], module


def declared_dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *(entry for extra in extras.values() for entry in extra)]
    return {re.split(r"[\s\[<>=!~;]", entry)[0] for entry in wanted} - {"rcseq"}


def test_every_imported_library_is_declared() -> None:
    names = {"Bio": "biopython", "modiscolite": "modisco-lite", "sklearn": "scikit-learn"}
    used = set().union(*map(libraries, MODULES))
    assert {names.get(name, name) for name in used} <= declared_dependencies()


def test_every_dependency_has_its_reason() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    explained = set(re.findall(r"^\| `([^`]+)` \|", page, flags=re.MULTILINE))
    assert explained == declared_dependencies()


def run_python(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_nn_imports_with_torch_alone() -> None:
    run_python("""
import sys
for name in ("sklearn", "skorch", "scipy", "pandas", "joblib", "Bio", "matplotlib", "tqdm"):
    sys.modules[name] = None  # importing it raises ImportError
import rcseq.nn
rcseq.nn.ConvNet(n_filters=2)
""")


def test_manifest_imports_nothing_heavy() -> None:
    run_python("""
import sys
import rcseq
heavy = {"torch", "sklearn", "skorch", "pandas", "numpy"} & set(sys.modules)
assert not heavy, heavy
""")


def test_manifest_names_exist() -> None:
    import rcseq

    for name in rcseq.__all__:
        assert getattr(rcseq, name) is not None
    assert set(rcseq.__all__) <= set(dir(rcseq))
    with pytest.raises(AttributeError, match="no attribute 'Misspelt'"):
        rcseq.Misspelt  # noqa: B018 - the access is what is tested


FILES = [name for name, path in MODULES.items() if path.stem != "__init__"]
PUBLIC_PARTS = sorted({part for part in map(part_of, MODULES) if part and part[0] != "_"})


def mirrored_test(module: str) -> Path:
    *folders, last = module.split(".")
    return ROOT.joinpath("tests", *folders, f"test_{last.strip('_')}.py")


@pytest.mark.parametrize("module", FILES)
def test_module_has_a_test_file(module: str) -> None:
    assert mirrored_test(module).is_file(), f"{module} has no {mirrored_test(module)}"


def test_each_public_part_has_a_page() -> None:
    pages = {path.stem: path.read_text("utf-8") for path in (ROOT / "docs" / "api").glob("*.md")}
    del pages["index"]
    assert sorted(pages) == PUBLIC_PARTS
    for part, page in pages.items():
        assert f"automodule:: rcseq.{part}\n" in page


def text_files() -> Iterator[Path]:
    folders = [ROOT / name for name in ("rcseq", "tests", "docs", ".ci")]
    for path in chain(ROOT.glob("*"), *(folder.rglob("*") for folder in folders)):
        written = path.suffix in {
            "",
            ".csv",
            ".html",
            ".ini",
            ".md",
            ".py",
            ".toml",
            ".txt",
            ".yaml",
        }
        # .git is a file where the checkout is a work tree
        if written and path.is_file() and "_build" not in path.parts and path.name != ".git":
            yield path


def test_no_path_of_a_machine_in_the_tree() -> None:
    pattern = re.compile(rf"(?<![\w.])/({'|'.join(['work', 'tmp', 'root', 'home', 'Users'])})/")
    assert not [path for path in text_files() if pattern.search(path.read_text("utf-8"))]


def test_every_example_in_the_pages_is_run() -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        run = re.compile(r"^(`{3,})\{doctest\}\n.*?^\1$", flags=re.MULTILINE | re.DOTALL)
        assert ">>>" not in run.sub("", page.read_text("utf-8")), f"{page}: use a {{doctest}} block"
