"""Each step's formula, and the same with this batch's numbers in it, as LaTeX.

The symbols are those of Algorithm 1 in Ioffe and Szegedy (2015). A line of numbers is broken by the browser where the
page is narrow: so it stands inline, and its outermost brackets do not grow.
"""

from __future__ import annotations

from collections.abc import Sequence

from bn_core.batch_norm.walkthrough import Stage
from pages.one_batch_page.figures import epsilon_text, latex, signed, written
from pages.one_batch_page.scene import MOST_SHOWN, Scene
from pages.one_batch_page.text import TEXT

FEW_OF_MANY = 3
"""So many summands are written out where they are not all shown."""

SQUARES = 2


def formula(scene: Scene, stage: Stage, row: int) -> tuple[str, str]:
    """The formula of a step in symbols, and in numbers.

    Args:
        row: the image whose numbers these are, from 0; mean and variance are of the whole batch.
    """
    walk, i = scene.walk, row + 1
    # The batch's own have a B.
    mean, variance = (r"\mu", r"\sigma^2") if scene.inference else (r"\mu_B", r"\sigma_B^2")
    x = "x_i" if scene.order == "before" else r"\max(0, x_i)"
    m = f"{walk.m:,}".replace(",", r"{,}")
    value = _n(scene, scene.sample(stage)[row])
    match stage:
        case "values" if not walk.bias:
            return r"x_i = \textstyle\sum w\,u", rf"x_{i} = {value}"
        case "values":
            plain = _n(scene, scene.channel.values[row, scene.position])
            numbers = rf"x_{i} = {plain} + {_factor(scene, walk.bias)} = {value}"
            return r"x_i = \textstyle\sum w\,u + b", numbers
        case "mean" if scene.inference:
            return rf"{mean} = \text{{{TEXT('formula.moving_mean')}}}", rf"{mean} = {_n(scene, walk.mean)}"
        case "mean":
            few = MOST_SHOWN if scene.complete else FEW_OF_MANY
            total = _sum([_n(scene, each) for each in scene.sample("mean")], few, walk.m)
            middle = "" if scene.complete else rf" = \frac{{{_n(scene, walk.mean * walk.m)}}}{{{m}}}"
            numbers = rf"{mean} = \frac{{1}}{{{m}}}\,({total}){middle} = {_n(scene, walk.mean)}"
            return rf"{mean} = \frac{{1}}{{m}} \sum_{{i=1}}^{{m}} {x}", numbers
        case "variance" if scene.inference:
            name = TEXT("formula.moving_variance")
            return rf"{variance} = \text{{{name}}}", rf"{variance} = {_n(scene, walk.variance)}"
        case "variance":
            squares = [f"({_n(scene, each)} - {_factor(scene, walk.mean)})^2" for each in scene.sample("mean")]
            total = _sum(squares, SQUARES, walk.m)
            numbers = rf"{variance} = \frac{{1}}{{{m}}}\,\bigl({total}\bigr) = {_n(scene, walk.variance)}"
            return rf"{variance} = \frac{{1}}{{m}} \sum_{{i=1}}^{{m}} ({x} - {mean})^2", numbers
        case "normalize":
            above = f"{_n(scene, scene.sample('mean')[row])} - {_factor(scene, walk.mean)}"
            below = rf"\sqrt{{{_n(scene, walk.variance)} + {latex(epsilon_text(walk.epsilon))}}}"
            numbers = rf"\hat x_{i} = \frac{{{above}}}{{{below}}} = {value}"
            return rf"\hat x_i = \frac{{{x} - {mean}}}{{\sqrt{{{variance} + \epsilon}}}}", numbers
        case "scale":
            x_hat = _factor(scene, scene.sample("normalize")[row])
            beta = latex(signed(walk.beta, scene.places))
            numbers = rf"y_{i} = {_n(scene, walk.gamma)} \cdot {x_hat} {beta} = {value}"
            return r"y_i = \gamma\,\hat x_i + \beta", numbers
        case "relu":
            given = scene.sample("scale" if scene.order == "before" else "values")[row]
            name = "y_i" if scene.order == "before" else "x_i"
            return rf"\max(0,\ {name})", rf"\max(0,\ {_n(scene, given)}) = {value}"


def _n(scene: Scene, value: float) -> str:
    """A number as LaTeX writes it."""
    return latex(written(float(value), scene.places))


def _factor(scene: Scene, value: float) -> str:
    """A number behind another: in brackets where it is negative."""
    text = _n(scene, value)
    return f"({text})" if text.startswith("-") else text


def _sum(terms: Sequence[str], few: int, m: int) -> str:
    """The first few of m terms, with plus and minus between them, and dots for the others."""
    first, *others = terms[:few]
    text = first + "".join(f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in others)
    return text if m <= 1 + len(others) else rf"{text} + \dots"
