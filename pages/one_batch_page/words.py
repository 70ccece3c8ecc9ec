"""What the page says of the numbers it shows: the code picks the sentences, the prose file has them."""

from __future__ import annotations

import math
from typing import Any

from bn_core.batch_norm.walkthrough import Stage
from bn_core.data.catalogue import TITLES
from bn_core.exhibits import CapturedChannel
from pages.one_batch_page.captured import Shelf
from pages.one_batch_page.figures import difference, epsilon_text, plainly, signed, written
from pages.one_batch_page.scene import At, Scene
from pages.one_batch_page.text import TEXT
from pages.words.numbers import whole_percent

ROUNDING = 1e-3
"""A difference between outputs that is smaller is called rounding, unless the bias is huge it is about 1e-16."""


def caption(scene: Scene, at: At) -> str:
    """The thing to see at this step."""
    keys, values = _sentences(scene, at), numbers(scene)
    return " ".join(TEXT(key, **values) for key in [*keys, *_bias(scene, at)])


def behind(scene: Scene) -> str:
    """How many values stand behind the mean, and what the eight are among them."""
    return TEXT(_behind(scene), **numbers(scene))


def name(channel: CapturedChannel) -> str:
    """The channel, for a sentence."""
    kind = "unit" if channel.dense else "channel"
    return TEXT(f"name.{kind}", channel=channel.channel + 1, layer=channel.layer)


def maps_provenance(channel: CapturedChannel) -> str:
    """Where the maps come from."""
    images = len(channel.values)
    return TEXT("sharing.provenance", channel=_sentence(name(channel)), step=channel.step, images=images)


def provenance(shelf: Shelf, scene: Scene) -> str:
    """Where the numbers come from."""
    record, made = shelf.member.record, shelf.member.provenance
    return TEXT(
        "provenance",
        label=shelf.member.label,
        run=record.id,
        seed=record.config.seed,
        dataset=TITLES[record.config.dataset],
        channel=_sentence(name(scene.channel)),
        step=scene.channel.step,
        batch=shelf.batch.batch + 1,
        images=scene.images,
        all=len(shelf.batch.labels),
        date=made.date[:10],
        versions=", ".join(f"{name} {number}" for name, number in made.versions.items()),
    )


def numbers(scene: Scene) -> dict[str, Any]:
    """All that a sentence or a note may want to say of the numbers."""
    walk = scene.walk
    given, taken = scene.sample("values"), scene.sample("mean")
    cut: Stage = "values" if walk.order == "after" else "scale"
    figures = {
        "low": given.min(),
        "high": given.max(),
        "mean": walk.mean,
        "variance": walk.variance,
        "deviation": math.sqrt(walk.variance),
        "divisor": math.sqrt(walk.variance + walk.epsilon),
        "batch_mean": walk.batch_mean,
        "batch_variance": walk.batch_variance,
        "batch_deviation": math.sqrt(walk.batch_variance),
        "shown_mean": taken.mean(),
        "x_hat_mean": walk.x_hat.mean(),
        "x_hat_deviation": walk.x_hat.std(),
        "gamma": walk.gamma,
        "beta": walk.beta,
        "y_mean": walk.y.mean(),
        "y_deviation": walk.y.std(),
        "output": scene.sample(walk.stages[-1])[0],
    }
    return {name: written(float(value), scene.places) for name, value in figures.items()} | {
        "minus_mean": signed(-walk.mean, scene.places),
        "plus_beta": signed(walk.beta, scene.places),
        "epsilon": epsilon_text(walk.epsilon),
        "bias": plainly(walk.bias),
        "change": difference(scene.change),
        "channel": name(scene.channel),
        "step": scene.channel.step,
        "images": scene.images,
        "positions": walk.m // scene.images,
        "shown": scene.shown,
        "m": walk.m,
        "unit": math.sqrt(walk.batch_variance / (walk.variance + walk.epsilon)),
        "training_unit": math.sqrt(walk.batch_variance / (walk.batch_variance + walk.epsilon)),
        "below": int((taken < walk.mean).sum()),
        "cut": int((scene.sample(cut) < 0).sum()),
        "cut_all": int((walk.at(cut) < 0).sum()),
        "cut_share": whole_percent(float((walk.at(cut) < 0).mean())),
        "negative": int((scene.sample(walk.stages[-1]) < 0).sum()),
    }


def _sentence(words: str) -> str:
    """Words to begin a sentence with."""
    return words[0].upper() + words[1:]


def _behind(scene: Scene) -> str:
    if scene.walk.m == 1:
        return "behind.one"
    if scene.complete:
        return "behind.complete"
    return "behind.images" if scene.walk.m == scene.images else "behind.sample"


def _sentences(scene: Scene, at: At) -> list[str]:
    """The keys of what is to be said at a step."""
    walk, order = scene.walk, scene.order
    which = "inference" if scene.inference else "one" if walk.m == 1 else "batch"
    alike = which == "batch" and walk.variance == 0
    unit = written(float(walk.x_hat.std()), scene.places)
    damped = which == "batch" and not alike and unit != written(1, scene.places)
    match at:
        case "all":
            kinds = {"inference": "inference", "one": f"one_{order}", "batch": order}
            key = "overview.alike" if alike else f"overview.{kinds[which]}"
            return [key, *(["overview.epsilon"] if damped else [])]
        case "values":
            return ["caption.value" if scene.shown == 1 else "caption.values", _behind(scene)]
        case "mean" if which == "batch" and not scene.complete:
            return ["caption.mean.batch", "caption.mean.sample"]
        case "mean" | "variance":
            return [f"caption.{at}.{which}"]
        case "normalize" if alike:
            return ["caption.normalize.alike"]
        case "normalize":
            return [f"caption.normalize.{which}", *(["caption.normalize.epsilon"] if damped else [])]
        case "scale":
            kind = "one" if which == "one" else "batch"
            return [f"caption.scale.{kind}_last" if order == "after" else f"caption.scale.{kind}"]
        case "relu" if walk.m == 1:
            return ["caption.relu.one" if (which, order) == ("one", "before") else f"caption.relu.{order}_one"]
        case "relu":
            return [f"caption.relu.{order}"]


def _bias(scene: Scene, at: At) -> list[str]:
    """The key of what the bias did to the outputs, at the steps where they are seen."""
    if scene.bias == 0 or scene.inference or at not in ("all", scene.walk.stages[-1]):
        return []
    if scene.order == "after":
        kind = "cut" if scene.change > ROUNDING else "not_cut"
    else:
        kind = "exact" if scene.change == 0 else "rounding" if scene.change < ROUNDING else "rounded"
    return [f"caption.bias.{kind}"]
