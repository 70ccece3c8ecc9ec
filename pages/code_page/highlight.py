"""Python in colours: each line of a program as HTML, from Python's own tokenizer."""

from __future__ import annotations

import html
import io
import keyword
import token
import tokenize

_KINDS = {tokenize.COMMENT: "comment", token.STRING: "string", token.NUMBER: "number"}
# From Python 3.12 on, the tokenizer takes an f-string apart.
_KINDS |= {
    getattr(token, name): "string"
    for name in ("FSTRING_START", "FSTRING_MIDDLE", "FSTRING_END")
    if hasattr(token, name)
}


def highlighted(text: str) -> list[str]:
    """The lines of a Python text as HTML: keywords, names being defined, strings, numbers and comments in spans.

    Raises:
        SyntaxError or tokenize.TokenError: it is no Python.
    """
    source = text.splitlines()
    pieces: list[list[tuple[int, int, str]]] = [[] for _ in source]
    before = ""
    for piece in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = _KINDS.get(piece.type)
        if piece.type == token.NAME:
            if keyword.iskeyword(piece.string):
                kind = "keyword"
            elif before in ("def", "class"):
                kind = "name"
        if piece.type not in (tokenize.NL, token.NEWLINE, token.INDENT, token.DEDENT):
            before = piece.string
        if kind is not None:
            (first, start), (last, end) = piece.start, piece.end
            for line in range(first, last + 1):
                begin = start if line == first else 0
                stop = end if line == last else len(source[line - 1])
                pieces[line - 1].append((begin, stop, kind))
    return [_line(line, found) for line, found in zip(source, pieces, strict=True)]


def _line(line: str, pieces: list[tuple[int, int, str]]) -> str:
    done, written = 0, []
    for begin, stop, kind in pieces:
        written.append(html.escape(line[done:begin], quote=False))
        written.append(f'<span class="{kind}">{html.escape(line[begin:stop], quote=False)}</span>')
        done = stop
    written.append(html.escape(line[done:], quote=False))
    return "".join(written)
