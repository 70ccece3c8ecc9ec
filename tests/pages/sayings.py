"""Every sentence that the pages form from a recorded run, with the place that it was formed in.

`python -m tests.pages.sayings FILE` writes all of them into a file, to be read.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, get_args

from bn_core.batch_norm.walkthrough import STAGES
from bn_core.chart_tables import population as tables
from bn_core.config import TrainingConfig
from bn_core.exhibits import Library, Member, library
from bn_core.exhibits.catalogue import COMPANY_IMAGES, DECAYS, HEALTHY
from bn_core.questions import answers, questions
from bn_core.questions.questions import Company, Question
from bn_core.runs.history import RunHistory
from bn_core.runs.records import canonical_question
from pages.break_it_page import exhibit, quiz
from pages.break_it_page import words as break_it
from pages.charts.training import BLIND_LOSS
from pages.layers_page import words as layers
from pages.one_batch_page import words as one_batch
from pages.one_batch_page.captured import Shelf
from pages.one_batch_page.scene import Scene
from pages.one_image_page import words as one_image
from pages.parts import own_run, provenance
from pages.population_page import words as population
from pages.race_page import cards, sentences
from pages.race_page.material import material
from pages.train_page import ending, lines, recorded_runs
from pages.words import captions

A = TypeVar("A")

FIRST_STEPS = range(11)
"""The steps of the first ten batches, where many edges are."""


@dataclass(frozen=True)
class Saying:
    """A text of a page.

    Attributes:
        of: the run, and the place in the code: `before/0 captions.gap`.
        step: of the run; None where it speaks of no single one.
    """

    of: str
    text: str
    step: int | None = None

    @property
    def kind(self) -> str:
        """The place in the code: `captions.gap`."""
        return next(part for part in self.of.split(" ") if part.partition(".")[0].isidentifier() and "." in part)


def of_all(recorded: Library) -> Iterator[Saying]:
    """Everything that the pages say of all recorded runs."""
    yield from of_the_race(recorded)
    for member in recorded.members():
        yield from of_run(recorded, member)
    for key in break_it_keys(recorded):
        yield from of_mistake(recorded, *key)
    yield from of_one_batch(recorded)


def of_run(recorded: Library, member: Member) -> Iterator[Saying]:
    """Everything that the pages say of one recorded run, the race and Break it apart."""
    yield from of_training(name(member), member.record.config, recorded.history(member.record.id))
    run, scored = member.record, recorded.history(member.record.id).scored
    if scored is not None:
        yield Saying(f"{name(member)} train.recorded", recorded_runs.final_figures(run.config, scored))
    yield Saying(f"{name(member)} train.shelf", own_run.result(run))
    yield Saying(f"{name(member)} provenance.run", " · ".join(provenance.run_in_full(run)))
    yield from of_population(recorded, member)
    if member.full:
        yield from of_layers(recorded, member)
        yield from of_images(recorded, member)


def name(member: Member) -> str:
    """What a run is called here."""
    return f"{member.variant}/{member.record.config.seed}"


def of_training(who: str, config: TrainingConfig, history: RunHistory) -> Iterator[Saying]:
    """What the page Train says while a run trains, after every evaluation, and at its end."""
    for count, event in enumerate(history.evaluations, 1):
        losses = history.losses[: event.step]
        for place, text in (
            ("gap", captions.gap(history.evaluations[:count], config)),
            ("absurd", captions.absurd(losses, history.evaluations[:count], config, BLIND_LOSS)),
            ("blind", captions.blind(losses, BLIND_LOSS)),
        ):
            yield Saying(f"{who} train.{place}", text, event.step)
    yield Saying(f"{who} train.reading", ending.reading(config, history.evaluations[-1].images))
    yield Saying(f"{who} train.lines", lines.how_scored(config))
    if history.scored is not None:
        for place, text in (
            ("how", captions.how_scored(config)),
            ("validation", captions.of_validation(history.scored, config)),
            ("test", captions.of_test(history.scored, config)),
            ("one_by_one", captions.of_one_by_one(history.scored, config)),
        ):
            yield Saying(f"{who} train.{place}", text)


def of_population(recorded: Library, member: Member) -> Iterator[Saying]:
    """What the page Population says of a run."""
    config, run = member.record.config, member.record
    if nothing := population.nothing_here(config):
        yield Saying(f"{name(member)} population.nothing", nothing)
        return
    history, statistics = recorded.history(run.id), recorded.statistics(run.id)
    curves = None
    if len(statistics.steps):
        own = tables.replayed(statistics, config, config.moving_momentum)
        batch, average = tables.batches_drawn(statistics, config), tables.averages(statistics, config)
        curves = tables.Curves(batch, average, own, own, {}, config.architecture)
    for event in history.evaluations:
        if event.recalibrated is None:
            continue
        drifts = None if curves is None else tables.by_layer(curves, "variance", event.step)
        yield Saying(f"{name(member)} population.see", population.what_to_see(event, drifts, config), event.step)
        if event.step not in member.snapshot_steps:
            continue
        for decay, debiased in itertools.product(DECAYS, (False, True)):
            asked = questions.ApplyDecay(event.step, decay, debiased)
            answer = answered(recorded, member, asked, answers.DecayApplied)
            score = answer.score
            said = population.of_decay(
                None if score is None else score.accuracy, event, population.Decay(decay, debiased), config
            )
            yield Saying(f"{name(member)} population.decay {decay} {debiased}", said, event.step)
        asked_afresh = questions.Recalibrate(event.step)
        afresh = answered(recorded, member, asked_afresh, answers.Recalibrated)
        said = population.of_recalibration(afresh, asked_afresh.batches)
        yield Saying(f"{name(member)} population.recalibration", said, event.step)
    for layer in config.architecture.numbers:
        yield Saying(f"{name(member)} population.heading {layer}", population.layer_heading(layer, config))
        yield Saying(f"{name(member)} population.bessel {layer}", population.bessel(layer, config))
    for count in (1, 2, 9, 800):
        yield Saying(f"{name(member)} population.notes", population.notes(config, count, min(count, 120)))
    yield Saying(f"{name(member)} population.moving", population.moving(config))


def of_layers(recorded: Library, member: Member) -> Iterator[Saying]:
    """What the page Layers says of a run."""
    config, probes = member.record.config, recorded.probes(member.record.id).probes
    for probe, (point, _) in itertools.product(probes, layers.places(config.placement).items()):
        said = layers.what_to_see(probe, probes[0], config, point)
        yield Saying(f"{name(member)} layers.see {point}", said, probe.step)
    yield Saying(
        f"{name(member)} layers.provenance", layers.provenance(member.record, [probe.step for probe in probes])
    )


def of_images(recorded: Library, member: Member) -> Iterator[Saying]:
    """What the page One image says of a run."""
    config, who = member.record.config, name(member)
    for step in member.snapshot_steps:
        scored = answered(recorded, member, questions.ScoreOneByOne(step), answers.OneByOneScored)
        varied = answered(recorded, member, questions.VaryBatchSize(step), answers.BatchSizeVaried)
        single = answered(recorded, member, questions.ScoreSingleClasses(step), answers.SingleClassesScored)
        yield Saying(f"{who} images.one_by_one", one_image.one_by_one(scored, config), step)
        yield Saying(f"{who} images.dies", one_image.where_it_dies(scored), step)
        yield Saying(f"{who} images.batch_size", one_image.batch_size(varied), step)
        yield Saying(f"{who} images.single", one_image.single_classes(single), step)
        for image, company in itertools.product(COMPANY_IMAGES, get_args(Company)):
            changed = answered(recorded, member, questions.ChangeCompany(step, image, company), answers.CompanyChanged)
            said = one_image.company(changed, company, config, scored)
            yield Saying(f"{who} images.company {image} {company}", said, step)


def answered(recorded: Library, member: Member, question: Question, kind: type[A]) -> A:
    """The recorded answer to a question."""
    packed = recorded.answer(member.record.id, canonical_question(question.to_json()))
    assert packed is not None, f"{name(member)} has no answer to {question}"
    answer = answers.unpack(packed)
    assert isinstance(answer, kind)
    return answer


def break_it_keys(recorded: Library) -> list[tuple[str, int]]:
    """The mistakes and the healthy run, each with the seeds with which it is recorded."""
    return [(key, member.record.config.seed) for key in quiz.ANSWERS for member in quiz.over_seeds(recorded, key)]


def of_mistake(recorded: Library, key: str, seed: int) -> Iterator[Saying]:
    """What the page Break it says of a mistake, or of the healthy run."""
    shown = exhibit.Shown.recorded(recorded, recorded.find(key, seed))
    assert shown is not None
    healthy, who = exhibit.healthy_run(recorded, seed), f"{key}/{seed}"
    yield Saying(f"{who} break_it.sentence", exhibit.sentence(key, shown, healthy))
    yield Saying(f"{who} break_it.checked", exhibit.checked(recorded, key))
    if key == HEALTHY:
        return
    yield Saying(f"{who} break_it.why", exhibit.why(recorded, key, shown, healthy))
    if key in exhibit.COMPANIONS:
        yield Saying(f"{who} break_it.companion", exhibit.companion(recorded, key, seed))
    for given in quiz.ANSWERS:
        if (parted := quiz.parted(given, shown.history)) is not None:
            text = f"{break_it.measure(parted.condition)} {break_it.value(parted)}"
            yield Saying(f"{who} break_it.parted {given}", text)


def of_the_race(recorded: Library) -> Iterator[Saying]:
    """What the home page says."""
    made_of = material(recorded)
    assert made_of is not None
    for mode in ("batch", "moving"):
        for step, text in sentences.captions(made_of.lanes, mode):
            yield Saying(f"race race.caption {mode}", text, step)
    for guess in sentences.guesses(made_of.lanes):
        who = ",".join(sorted(guess))
        yield Saying(f"race race.verdict {who}", sentences.verdict(made_of.lanes, guess, made_of.seeds))
        yield Saying(f"race race.outcome {who}", sentences.outcome(made_of.lanes, guess))
    for card in cards.cards(made_of):
        yield Saying(f"race race.finding {card.key}", card.sentence)
    yield Saying("race race.source", sentences.source_long(made_of))


def of_one_batch(recorded: Library, *, steps: int = 3, images: tuple[int, ...] = (1, 2, 3, 8, 64)) -> Iterator[Saying]:
    """What the page One batch says of captured channels, in all of its orders and modes and at its edges."""
    for member in recorded.members():
        batch = recorded.captured_batch(member.record.id)
        if batch is None:
            continue
        numbers = member.record.config.architecture.numbers
        for step, layer in itertools.product(member.snapshot_steps[:steps], numbers):
            channel = recorded.channel(member.record.id, step, layer, layer % 2)
            assert channel is not None
            for size, epsilon, bias in itertools.product(images, (channel.epsilon, 1.0), (0.0, 10.0)):
                for order, inference in (("before", False), ("before", True), ("after", False)):
                    values = (channel.gamma, channel.beta, epsilon, bias)
                    scene = Scene(channel, size, order, inference, *values)  # type: ignore[arg-type]
                    who = (
                        f"layer {layer}, {size} images, {order}, moving {inference}, epsilon {epsilon:g}, bias {bias:g}"
                    )
                    for at in ("all", *STAGES[order]):  # type: ignore[index]
                        yield Saying(f"{who} one_batch.{at}", one_batch.caption(scene, at), step)
                    yield Saying(f"{who} one_batch.behind", one_batch.behind(scene), step)
        yield Saying("one_batch.provenance", one_batch.provenance(Shelf(member, batch), scene), step)


def main(file: Path) -> None:
    """Write every sentence once, with the places where it is said first and how often."""
    found: dict[str, list[Saying]] = {}
    for saying in of_all(library()):
        found.setdefault(saying.text, []).append(saying)
    with file.open("w", encoding="utf-8") as out:
        for text, sayings in found.items():
            first = sayings[0]
            out.write(f"[{first.of} @{first.step} ×{len(sayings)}] {text}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
