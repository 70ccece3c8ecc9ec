"""What the page says of the numbers it shows: the code picks the sentence, the prose file has it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from bn_core.batch_norm.walkthrough import Order, Stage, change_by_bias
from bn_core.data.catalogue import TITLES
from bn_core.exhibits import CapturedChannel
from pages.one_batch_page.captured import Shelf
from pages.one_batch_page.choice import Choice
from pages.one_batch_page.figures import difference, epsilon_text, plainly, written
from pages.one_batch_page.picture import At
from pages.one_batch_page.scene import Scene
from pages.words.prose import prose

NOT_QUITE_ONE = 0.995
"""Below this standard deviation it is said what epsilon does to it."""


ROUNDING = 1e-3
"""A difference between outputs that is smaller is called rounding, unless the bias is huge it is about 1e-16."""


def caption(scene: Scene, at: At) -> str:
    """The thing to see at this step."""
    sentences = [_overview(scene)] if at == "all" else _of_stage(scene, at)
    return " ".join([*sentences, *_bias(scene, at)])


def behind(scene: Scene) -> str:
    """How many values stand behind the mean, and what the eight are among them."""
    text, walk = prose("one-batch"), scene.walk
    numbers = {"images": scene.images, "positions": walk.m // scene.images, "m": walk.m, "shown": scene.shown}
    if walk.m == 1:
        return text("behind.one")
    if scene.complete:
        return text("behind.complete", **numbers)
    return text("behind.images" if walk.m == scene.images else "behind.sample", **numbers)


def name(channel: CapturedChannel) -> str:
    """The channel, for a sentence."""
    kind = "unit" if channel.dense else "channel"
    return prose("one-batch")(f"name.{kind}", channel=channel.channel + 1, layer=channel.layer)


def maps_provenance(channel: CapturedChannel) -> str:
    """Where the maps come from."""
    return prose("one-batch")(
        "sharing.provenance", channel=_sentence(name(channel)), step=channel.step, images=len(channel.values)
    )


def provenance(shelf: Shelf, scene: Scene) -> str:
    """Where the numbers come from."""
    record, made = shelf.member.record, shelf.member.provenance
    return prose("one-batch")(
        "provenance",
        label=shelf.member.label,
        run=record.id,
        seed=record.config.seed,
        dataset=TITLES[record.config.dataset],
        channel=_sentence(name(scene.choice.channel)),
        step=scene.choice.channel.step,
        batch=shelf.batch.batch + 1,
        images=scene.images,
        all=len(shelf.batch.labels),
        date=made.date[:10],
        versions=", ".join(f"{name} {number}" for name, number in made.versions.items()),
    )


def bias_changes(choice: Choice, bias: float) -> dict[Order, float]:
    """How far this bias moves an output, by order."""
    values = choice.channel.values[: choice.batch_size]
    orders: tuple[Order, Order] = ("before", "after")
    return {order: change_by_bias(values, order, choice.gamma, choice.beta, choice.epsilon, bias) for order in orders}


def _sentence(words: str) -> str:
    """Words to begin a sentence with."""
    return words[0].upper() + words[1:]


def _overview(scene: Scene) -> str:
    text, walk = prose("one-batch"), scene.walk
    if scene.choice.inference:
        return text("overview.inference", **_shape(scene), change=difference(_change(scene)))
    if walk.m == 1:
        return text(f"overview.one_{walk.order}", **_shape(scene))
    if walk.variance == 0:
        return text("overview.alike", **_shape(scene))
    return text(f"overview.{walk.order}", **_shape(scene))


def _of_stage(scene: Scene, stage: Stage) -> list[str]:
    text, walk = prose("one-batch"), scene.walk
    values = _shape(scene)
    which = "inference" if scene.choice.inference else "one" if walk.m == 1 else "batch"
    match stage:
        case "values":
            return [text("caption.values", **values), behind(scene)]
        case "mean":
            sentences = [text(f"caption.mean.{which}", **values)]
            if which == "batch" and not scene.complete:
                sentences.append(text("caption.mean.sample", **values))
            return sentences
        case "variance":
            return [text(f"caption.variance.{which}", **values)]
        case "normalize":
            if which == "batch" and walk.variance == 0:
                return [text("caption.normalize.alike", **values)]
            sentences = [text(f"caption.normalize.{which}", **values)]
            if which == "batch" and values["unit"] < NOT_QUITE_ONE:
                sentences.append(text("caption.normalize.epsilon", **values))
            return sentences
        case "scale":
            last = "_last" if walk.order == "after" else ""
            return [text(f"caption.scale.{'one' if which == 'one' else 'batch'}{last}", **values)]
        case "relu":
            if which == "one" and walk.order == "before":
                return [text("caption.relu.one", **values)]
            return [text(f"caption.relu.{walk.order}", **values)]


def _bias(scene: Scene, at: At) -> list[str]:
    """What the bias did to the outputs, at the steps where they are seen."""
    choice = scene.choice
    if choice.bias == 0 or choice.inference or at not in ("all", scene.walk.stages[-1]):
        return []
    change = bias_changes(choice, choice.bias)[choice.order]
    if choice.order == "after":
        key = "cut" if change > ROUNDING else "not_cut"
    else:
        key = "exact" if change == 0 else "rounding" if change < ROUNDING else "rounded"
    return [prose("one-batch")(f"caption.bias.{key}", bias=plainly(choice.bias), change=difference(change))]


def _shape(scene: Scene) -> dict[str, Any]:
    """All that a sentence may want to say of the numbers."""
    walk, places = scene.walk, scene.places

    def n(value: float) -> str:
        return written(value, places)

    taken, output, given = scene.taken(), scene.sample(walk.stages[-1]), scene.sample("values")
    cut = given if walk.order == "after" else scene.sample("scale")
    cut_all = walk.values if walk.order == "after" else walk.y
    return {
        "channel": name(scene.choice.channel),
        "shown": scene.shown,
        "m": walk.m,
        "low": n(given.min()),
        "high": n(given.max()),
        "mean": n(walk.mean),
        "variance": n(walk.variance),
        "deviation": n(math.sqrt(walk.variance)),
        "batch_mean": n(walk.batch_mean),
        "batch_variance": n(walk.batch_variance),
        "batch_deviation": n(math.sqrt(walk.batch_variance)),
        "below": int((taken < walk.mean).sum()),
        "own_mean": n(float(taken.mean())),
        "unit": math.sqrt(walk.batch_variance / (walk.variance + walk.epsilon)),
        "epsilon": epsilon_text(walk.epsilon),
        "x_hat_mean": n(float(walk.x_hat.mean())),
        "x_hat_deviation": n(float(walk.x_hat.std())),
        "gamma": n(walk.gamma),
        "beta": n(walk.beta),
        "y_mean": n(float(walk.y.mean())),
        "y_deviation": n(float(walk.y.std())),
        "cut": int((cut < 0).sum()),
        "cut_percent": 100 * float((cut_all < 0).mean()),
        "negative": int((output < 0).sum()),
        "output": n(float(output[0])),
    }


def _change(scene: Scene) -> float:
    """How far the outputs are from those in training mode without the bias."""
    return 0.0 if scene.beside is None else float(np.abs(scene.walk.output - scene.beside.output).max())
