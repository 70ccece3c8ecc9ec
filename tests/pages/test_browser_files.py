"""Scripts and style sheets stand in files of their own, and each component is put together from its own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.browser.component import script, style_sheet

PROJECT = Path(__file__).parents[2]
SOURCES = [
    PROJECT / "app.py",
    *(file for folder in ("bn_core", "pages", "benchmarks") for file in sorted((PROJECT / folder).rglob("*.py"))),
]
SCRIPTS = sorted((PROJECT / "pages").rglob("*.js"))
STYLE_SHEETS = sorted((PROJECT / "pages").rglob("*.css"))
COMPONENTS = [file for file in SCRIPTS if file.with_suffix(".py").exists()]

LINES = 3
"""So many lines of a script or a style sheet may stand in a Python string."""

JAVASCRIPT = re.compile(r"\bexport default\b|=>\s*[{(]|\b(?:const|let) [\w{\[]|\b(?:document|window)\.\w")
CSS = re.compile(r"[\w\])\"*]\s*\{\s*[a-z-]+\s*:[^{}]*[;}]")

SCRIPT_IN_A_STRING = """
export default function (component) {
  const root = component.parentElement
  root.innerHTML = component.data.svg
}
"""
STYLE_IN_A_STRING = ".text { display: flex; } .said { font-weight: 600; } .bar { width: 0; }\n.track { height: 4px; }"
OTHER_LANGUAGES = (
    "CREATE TABLE runs (\n  id TEXT PRIMARY KEY,\n  config TEXT NOT NULL,\n  identity TEXT,\n  step INTEGER\n);",
    "datum.step == step\n&& datum.layer == layer\n&& isValid(datum.value)\n|| datum.first",
    "def rate(step):\n    return {1: 0.1,\n        2: 0.2}[step]\n\nprint(rate(1))\nprint(rate(2))",
)


def texts(source: str) -> Iterator[str]:
    """Every string of a module but its docstrings; of an f-string what is written in it."""
    tree = ast.parse(source)
    said = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said | parts:
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            values = (part.value if isinstance(part, ast.Constant) else "0" for part in node.values)
            yield "".join(map(str, values))


def browser_lines(text: str) -> int:
    """How many lines of a text are JavaScript or CSS, each rule counted as a line; 0 where it is neither."""
    if not JAVASCRIPT.search(text) and not CSS.search(text):
        return 0
    return sum(bool(line.strip()) for line in re.split(r"\n|(?<=\}) ", text))


@pytest.mark.parametrize("source", SOURCES, ids=lambda file: str(file.relative_to(PROJECT)))
def test_no_script_and_no_style_sheet_stands_in_a_python_string(source: Path) -> None:
    for text in texts(source.read_text(encoding="utf-8")):
        assert browser_lines(text) <= LINES, text


def test_a_script_or_a_style_sheet_in_a_string_would_be_found() -> None:
    (script_there,) = texts(f"SCRIPT = {SCRIPT_IN_A_STRING!r}")
    (style_there,) = texts(f"STYLE = f{STYLE_IN_A_STRING.replace('{', '{{').replace('}', '}}')!r}")
    assert min(browser_lines(script_there), browser_lines(style_there)) > LINES
    assert not any(map(browser_lines, OTHER_LANGUAGES))


@pytest.mark.parametrize("file", COMPONENTS, ids=lambda file: file.stem)
def test_a_component_is_one_module_without_imports(file: Path) -> None:
    text = script(file)
    assert re.findall(r"^(?:import|export).*?\b", text, re.MULTILINE) == ["export"]
    assert "export default function" in text


def test_every_script_is_a_components_or_imported() -> None:
    files = [*SCRIPTS, *STYLE_SHEETS]
    imported = {
        (file.parent / name).resolve()
        for file in files
        for name in re.findall(
            r'^(?:import.*from|\} from|@import) "(.+)"', file.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    app = (Path(__file__).parents[2] / "app.py").read_text(encoding="utf-8")
    others = {file for file in files if not file.with_suffix(".py").exists()}
    assert {file for file in others if f'"{file.name}"' not in app} <= imported


class TestScript:
    """What `script` makes of modules that import one another."""

    @pytest.fixture
    def put(self, tmp_path: Path):
        def put(name: str, text: str) -> Path:
            file = tmp_path / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
            return file

        return put

    def test_each_module_is_there_once_and_before_those_that_use_it(self, put) -> None:
        put("parts/deep.js", "export const deep = 1\n")
        put("parts/left.js", 'import { deep } from "./deep.js"\n\nexport function left() {\n  return deep\n}\n')
        put("parts/right.js", 'import {\n  deep,\n} from "./deep.js"\n\nexport class Right {\n  deep = deep\n}\n')
        text = script(
            put(
                "page/all.js",
                'import { left } from "../parts/left.js"\nimport { Right } from "../parts/right.js"\n'
                "export default function () {\n  return [left, Right]\n}\n",
            )
        )
        assert text.count("const deep = 1") == 1
        assert text.index("const deep = 1") < text.index("function left") < text.index("class Right")
        assert "return { deep }" in text
        assert "const { left } = module1\nconst { Right } = module2\nexport default function" in text

    def test_comments_on_lines_of_their_own_stay_behind(self, put) -> None:
        text = script(
            put("one.js", '// Of a file.\n/**\n * Of a function.\n */\nexport default () => "a // b" // said\n')
        )
        assert text == 'export default () => "a // b" // said\n'

    @pytest.mark.parametrize(
        "text",
        [
            'import * as all from "./other.js"\nexport default () => all\n',
            'import other from "./other.js"\nexport default () => other\n',
            'import { other as mine } from "./other.js"\nexport default () => mine\n',
            'import { other } from "somewhere"\nexport default () => other\n',
            "export let other = 1\nexport default () => other\n",
            "const other = 1\n",
            'import { twice } from "./twice.js"\nexport default () => twice\n',
        ],
    )
    def test_another_form_of_import_or_export_is_refused(self, put, text: str) -> None:
        put("other.js", "export const other = 1\n")
        put("twice.js", "export const twice = 2\nexport default () => twice\n")
        with pytest.raises(ValueError, match=r"one\.js"):
            script(put("one.js", text))


def test_a_style_sheet_has_those_that_it_imports_in_it(tmp_path: Path) -> None:
    (tmp_path / "hues.css").write_text(".blue { --hue: blue; }\n", encoding="utf-8")
    (tmp_path / "one.css").write_text('@import "hues.css";\n\n.bar { color: var(--hue); }\n', encoding="utf-8")
    assert style_sheet(tmp_path / "one.css") == ".blue { --hue: blue; }\n\n.bar { color: var(--hue); }\n"


def test_the_checkers_lock_file_names_no_registry() -> None:
    lock = (PROJECT / ".ci" / "javascript" / "package-lock.json").read_text(encoding="utf-8")
    assert '"integrity"' in lock
    assert '"resolved"' not in lock, "make it by `npm run lock`"
