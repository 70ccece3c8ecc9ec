"""Browser components: a Python module `name.py` with its browser's side beside it, `name.js`, `name.css`, `name.html`.

Streamlit serves a component's files only where the package that has them is installed. This app also runs from a plain
checkout, so it hands over the files' text. Such a text is a module of its own, which cannot import its neighbours by a
relative path: what it imports is put into it here. The files themselves are ordinary ES modules and style sheets, as
every editor, linter and type checker reads them.
"""

from __future__ import annotations

import re
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

_JS_IMPORT = re.compile(r'^import \{\s*(\w+(?:,\s*\w+)*),?\s*\} from "(\.{1,2}/[^"]+)"\n', re.MULTILINE)
_JS_EXPORT = re.compile(r"^export (?=(?:async function|function|const|class) (\w+))", re.MULTILINE)
_JS_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_JS_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*[\s\S]*?\*/)\n", re.MULTILINE)
_CSS_IMPORT = re.compile(r'^@import "([^"]+)";\n', re.MULTILINE)


def component(name: str, module: str, *, isolate_styles: bool = True) -> ComponentRenderer:
    """Register the component of a module from the files beside it, and return what puts it on a page.

    Args:
        name: of the component, unique in the app.
        module: the module's `__file__`.
        isolate_styles: whether the page's style sheet does not reach into it.

    Raises:
        ValueError: the script has an import or an export of a form that `script` does not read.
    """
    html, css, js = (Path(module).with_suffix(suffix) for suffix in (".html", ".css", ".js"))
    return st.components.v2.component(
        f"batch_norm_lab.{name}",
        html=html.read_text(encoding="utf-8") if html.exists() else None,
        css=style_sheet(css) if css.exists() else None,
        js=script(js),
        isolate_styles=isolate_styles,
    )


def script(file: Path) -> str:
    """Return a component's script with all that it imports in it, and without comments that have lines of their own.

    Each imported module becomes a function that returns what the module exports, so that no two modules' names can
    meet. Read are `import { a, b } from "./file.js"`, and `export` before a function, a class or a `const`; the script
    itself has one `export default`.

    Raises:
        ValueError: an import or an export has another form.
    """
    modules: dict[Path, str] = {}
    entry = _bound(file.resolve(), modules)
    text = "".join(modules.values()) + entry
    left = _JS_LEFT.findall(text)
    if len(left) != 1 or not left[0].startswith("export default ") or left[0] not in entry:
        raise ValueError(f"{file}: one export default is wanted, and no form of import or export but those: {left}")
    return text


def style_sheet(file: Path) -> str:
    """Return a style sheet with those that it imports in it."""
    return _CSS_IMPORT.sub(lambda found: style_sheet(file.parent / found[1]), file.read_text(encoding="utf-8"))


def _bound(file: Path, modules: dict[Path, str]) -> str:
    """Return a module's text with its imports bound to `modules`, which those that are new join in order of use."""

    def bind(found: re.Match[str]) -> str:
        names, imported = found[1], (file.parent / found[2]).resolve()
        if imported not in modules:
            text = _bound(imported, modules)
            body, exports = _JS_EXPORT.sub("", text), ", ".join(_JS_EXPORT.findall(text))
            modules[imported] = f"const module{len(modules)} = (() => {{\n{body}return {{ {exports} }}\n}})()\n"
        return f"const {{ {names} }} = module{list(modules).index(imported)}\n"

    return _JS_IMPORT.sub(bind, _JS_COMMENT.sub("", file.read_text(encoding="utf-8")))
