"""A drawing of the network as configured: one block in its order, and the whole stack from 28x28 down to 1x1.

Two inline SVG pictures, made from the configuration and from `bn_core.architecture`. They take the theme's
colours, and stand side by side or one above the other as there is room.
"""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import escape

from bn_core.architecture import CLASSES
from bn_core.config import TrainingConfig
from pages.browser.component import component
from pages.charts.palette import HUES
from pages.words.prose import prose

TEXT = prose("train")

HEIGHT = 132

_COMPONENT = component("drawing", __file__)


def draw(config: TrainingConfig) -> None:
    """Put the drawing on the page. It changes in place when the configuration does."""
    _COMPONENT(key="drawing", data={"svg": block_svg(config) + stack_svg(config)})


@dataclass(frozen=True)
class Part:
    """One step of a block: its name and a few words below it.

    Attributes:
        kind: `box`, `norm` (a box in the placement's colour), `plus` (the bias) or `off` (the bias that is not there).
    """

    name: str
    words: str
    kind: str = "box"


def parts(config: TrainingConfig) -> tuple[Part, ...]:
    """What one convolutional block is made of, in the order in which an image goes through it."""
    convolution, relu = _part("convolution", "box"), _part("relu", "box")
    bias = _part("bias", "plus") if config.bias else _part("bias", "off", "no_bias")
    norm = _part("norm", "norm", "norm" if config.implementation == "layer" else "by_hand")
    orders = {"none": (relu,), "before": (norm, relu), "after": (relu, norm)}
    return convolution, bias, *orders[config.placement]


def _part(name: str, kind: str, words: str = "") -> Part:
    return Part(TEXT(f"drawing.names.{name}"), TEXT(f"drawing.words.{words or name}"), kind)


def in_words(config: TrainingConfig) -> str:
    """Return what the two pictures show, for whoever does not see them."""
    order = [part.words if part.kind in ("plus", "off") else part.name for part in parts(config)]
    architecture = config.architecture
    first, last = architecture.convolutions[0], architecture.convolutions[-1]
    return TEXT(
        "drawing.description" if config.normalized else "drawing.description_none",
        order=f"{TEXT('drawing.then')} ".join(order),
        blocks=architecture.depth,
        first=first,
        last=last,
        units=architecture.dense_units,
        classes=CLASSES,
    )


def block_svg(config: TrainingConfig) -> str:
    """One block: its parts in their order, joined by arrows."""
    wire, middle = 18.0, 64.0
    x = 0.0
    body = []
    for part in parts(config):
        body.append(_wire(x, x + wire, middle))
        x += wire
        if part.kind in ("plus", "off"):
            width, name_at, words_at, look = 34.0, 4.5, 42, f"name {part.kind}-name"
            body.append(f'<circle class="{part.kind}" cx="{x + 17:g}" cy="{middle:g}" r="17"/>')
        else:
            width, name_at, words_at, look = 86.0, -2, 15, "name"
            body.append(f'<rect class="{part.kind}" x="{x:g}" y="{middle - 28:g}" width="86" height="56" rx="8"/>')
        body.append(_words(x + width / 2, middle + name_at, part.name, look))
        body.append(_words(x + width / 2, middle + words_at, part.words, "quiet"))
        x += width
    body.append(_wire(x, x + wire, middle))
    body.append(_words(x + wire + 5, middle + 4, f"× {config.architecture.depth}", "quiet", "start"))
    order = " → ".join(part.name for part in parts(config) if part.kind != "off")
    return _svg("block", config, 412, TEXT("drawing.block"), order, body)


def stack_svg(config: TrainingConfig) -> str:
    """The whole network: one bar a layer, as high as its map; a coloured cap where it is normalized."""
    layers = config.architecture.convolutions
    width, floor, tall = 424, 96.0, 62.0
    pitch = min(15.0, 285.0 / len(layers))
    bar = 0.6 * pitch
    body: list[str] = []
    x = 0.0
    groups: dict[int, list[float]] = {}
    for layer in layers:
        height = max(3.0, tall * layer.size / layers[0].size)
        body.append(_bar(x, floor, bar, height, normalized=config.normalized))
        groups.setdefault(layer.size, []).append(x)
        x += pitch
    for size, places in groups.items():
        middle = (places[0] + places[-1] + bar) / 2
        body.append(_words(middle, floor + 17, f"{size}×{size}", "quiet"))
    body.append(_wire(x, x + 18, floor - 12))
    x += 36
    for units, normalized, height in (
        (config.architecture.dense_units, config.normalized, tall),
        (CLASSES, False, 24.0),
    ):
        body.append(_bar(x, floor, bar, height, normalized=normalized))
        body.append(_words(x + bar / 2, floor + 17, TEXT("drawing.dense", units=units), "quiet"))
        x += 58
    said = {"count": len(layers), "first": layers[0], "last": layers[-1]}
    body.append(_words(0, floor + 32, TEXT("drawing.channels", **said), "quiet", "start"))
    return _svg("stack", config, width, TEXT("drawing.stack"), TEXT("drawing.sizes", **said), body)


def _svg(kind: str, config: TrainingConfig, width: int, heading: str, title: str, body: list[str]) -> str:
    return (
        f'<svg class="{kind} {HUES[config.placement]}" viewBox="0 0 {width} {HEIGHT}" role="img" '
        f'aria-labelledby="{kind}-title {kind}-text" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{kind}-title">{escape(f"{heading}: {title}")}</title>'
        f'<desc id="{kind}-text">{escape(in_words(config))}</desc>'
        f"{_words(0, 13, heading, 'quiet', 'start')}{''.join(body)}</svg>"
    )


def _words(x: float, y: float, text: str, kind: str, anchor: str = "middle") -> str:
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _wire(start: float, end: float, y: float) -> str:
    return f'<path class="wire" d="M{start:g} {y:g}H{end - 4:g}"/><path class="tip" d="M{end:g} {y:g}l-6 -3.5v7z"/>'


def _bar(x: float, floor: float, width: float, height: float, *, normalized: bool) -> str:
    """A layer as high as its map; with a cap where it is normalized."""
    top = floor - height
    bar = f'<rect class="map" x="{x:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="1.5"/>'
    cap = f'<rect class="cap" x="{x:g}" y="{top - 6:g}" width="{width:g}" height="3.5" rx="1.75"/>'
    return bar + cap if normalized else bar
