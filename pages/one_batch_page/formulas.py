"""Each step's formula, and the same with this batch's numbers in it, as LaTeX.

The symbols are those of Algorithm 1 in Ioffe and Szegedy (2015). A line of numbers is broken by the browser where the
page is narrow: so it stands inline, and its outermost brackets do not grow.
"""

from __future__ import annotations

from collections.abc import Sequence

from bn_core.batch_norm.walkthrough import Stage
from pages.one_batch_page.figures import epsilon_text, latex, written
from pages.one_batch_page.scene import MOST_SHOWN, Scene
from pages.words.prose import prose

FEW_OF_MANY = 3
"""So many summands are written out where they are not all shown."""

SQUARES = 2


def symbols(scene: Scene, stage: Stage) -> str:
    """The formula of a step."""
    mean, variance = _names(scene)
    text = prose("one-batch")
    match stage:
        case "values":
            return r"x_i = \textstyle\sum w\,u" + (" + b" if scene.choice.bias else "")
        case "mean":
            if scene.choice.inference:
                return rf"{mean} = \text{{{text('formula.moving_mean')}}}"
            return rf"{mean} = \frac{{1}}{{m}} \sum_{{i=1}}^{{m}} {_x(scene)}"
        case "variance":
            if scene.choice.inference:
                return rf"{variance} = \text{{{text('formula.moving_variance')}}}"
            return rf"{variance} = \frac{{1}}{{m}} \sum_{{i=1}}^{{m}} ({_x(scene)} - {mean})^2"
        case "normalize":
            return rf"\hat x_i = \frac{{{_x(scene)} - {mean}}}{{\sqrt{{{variance} + \epsilon}}}}"
        case "scale":
            return r"y_i = \gamma\,\hat x_i + \beta"
        case "relu":
            return rf"\max(0,\ {'y' if scene.walk.order == 'before' else 'x'}_i)"


def numbers(scene: Scene, stage: Stage, row: int) -> str:
    """The same with numbers: of the whole batch for mean and variance, else of the image in this row, from 0."""
    walk, i = scene.walk, row + 1
    mean, variance = _names(scene)
    epsilon = latex(epsilon_text(walk.epsilon))
    match stage:
        case "values":
            value = _n(scene, scene.sample("values")[row])
            if not walk.bias:
                return rf"x_{i} = {value}"
            plain = _n(scene, scene.choice.channel.values[row, scene.position])
            return rf"x_{i} = {plain} + {_factor(scene, walk.bias)} = {value}"
        case "mean":
            if scene.choice.inference:
                return rf"{mean} = {_n(scene, walk.mean)}"
            few = MOST_SHOWN if scene.complete else FEW_OF_MANY
            total = _sum([_n(scene, value) for value in scene.taken()], few, walk.m)
            middle = "" if scene.complete else rf" = \frac{{{_n(scene, walk.mean * walk.m)}}}{{{_m(scene)}}}"
            return rf"{mean} = \frac{{1}}{{{_m(scene)}}}\,({total}){middle} = {_n(scene, walk.mean)}"
        case "variance":
            if scene.choice.inference:
                return rf"{variance} = {_n(scene, walk.variance)}"
            squares = [f"({_n(scene, value)} - {_factor(scene, walk.mean)})^2" for value in scene.taken()]
            total = _sum(squares, SQUARES, walk.m)
            return rf"{variance} = \frac{{1}}{{{_m(scene)}}}\,\bigl({total}\bigr) = {_n(scene, walk.variance)}"
        case "normalize":
            above = f"{_n(scene, scene.taken()[row])} - {_factor(scene, walk.mean)}"
            below = rf"\sqrt{{{_n(scene, walk.variance)} + {epsilon}}}"
            return rf"\hat x_{i} = \frac{{{above}}}{{{below}}} = {_n(scene, scene.sample('normalize')[row])}"
        case "scale":
            x_hat = _factor(scene, scene.sample("normalize")[row])
            beta = _signed(scene, walk.beta)
            y = _n(scene, scene.sample("scale")[row])
            return rf"y_{i} = {_n(scene, walk.gamma)} \cdot {x_hat} {beta} = {y}"
        case "relu":
            given = scene.sample("scale")[row] if walk.order == "before" else scene.sample("values")[row]
            return rf"\max(0,\ {_n(scene, given)}) = {_n(scene, scene.sample('relu')[row])}"


def _names(scene: Scene) -> tuple[str, str]:
    """What mean and variance are called: the batch's have a B."""
    return (r"\mu", r"\sigma^2") if scene.choice.inference else (r"\mu_B", r"\sigma_B^2")


def _x(scene: Scene) -> str:
    return "x_i" if scene.walk.order == "before" else r"\max(0, x_i)"


def _m(scene: Scene) -> str:
    return f"{scene.walk.m:,}".replace(",", r"{,}")


def _n(scene: Scene, value: float) -> str:
    """A number as LaTeX writes it."""
    return latex(written(float(value), scene.places))


def _factor(scene: Scene, value: float) -> str:
    """A number behind another: in brackets where it is negative."""
    text = _n(scene, value)
    return f"({text})" if text.startswith("-") else text


def _signed(scene: Scene, value: float) -> str:
    """A number that is added: its sign apart."""
    text = _n(scene, value)
    return f"- {text[1:]}" if text.startswith("-") else f"+ {text}"


def _sum(terms: Sequence[str], few: int, m: int) -> str:
    """The first few of m terms, with plus and minus between them, and dots for the others."""
    first, *others = terms[:few]
    text = first + "".join(f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in others)
    return text if m <= 1 + len(others) else rf"{text} + \dots"
