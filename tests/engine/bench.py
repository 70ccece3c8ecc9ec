"""A coordinator on the bench: with a real store and pretended workers."""

from __future__ import annotations

from collections import Counter

from bn_core.config import TrainingConfig
from bn_core.engine.actions import Chore
from bn_core.engine.coordinator import Coordinator
from bn_core.engine.holdings import Inventory
from bn_core.engine.items import Batch
from bn_core.engine.question_lookup import QuestionLookup
from bn_core.engine.reports import Done, Gathered, Joined, Read
from bn_core.questions.questions import Question
from bn_core.runs.records import canonical_question
from bn_core.runs.sources import StoredRuns
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.training.events import unpack
from tests.engine.factories import CONFIG

OWNER = "d" * 64
WARM = Inventory(frozenset({TrainingConfig().compile_key}), frozenset({"mnist", "mnist-5k"}))


class FlakyStore(Store):
    """A store whose disk can be full, or too full for weights."""

    full = False
    full_for_weights = False

    def _writing(self):
        if self.full:
            raise StoreUnavailable("The disk is full: make room.")
        return super()._writing()

    def put_snapshot(self, run_id, step, packed):
        if self.full_for_weights:
            raise StoreUnavailable("The disk is full: make room.")
        super().put_snapshot(run_id, step, packed)


class PretendedWorkers:
    """Remembers what it was asked."""

    def __init__(self):
        self.placed, self.commands, self.released, self.chores, self.asked = [], [], [], [], []
        self.cursors = {}
        self.waiting = 0

    def place(self, address, assignment):
        self.placed.append((address, assignment))

    def command(self, address, key, command):
        self.commands.append((key, command))

    def stored(self, address, key, cursor):
        self.cursors[key] = cursor

    def release(self, address, key):
        self.released.append(key)

    def answer(self, address, inquiry):
        self.asked.append((address, inquiry))

    def do(self, chore):
        self.chores.append(chore)

    def want(self, trainings):
        self.waiting = trainings


class Bench:
    """A coordinator, its store, its workers and its clock."""

    def __init__(self, home):
        self.store = FlakyStore.open(home)
        self.workers = PretendedWorkers()
        self.gathering, self.found = [], []
        self.lookup = QuestionLookup([StoredRuns(self.store)], self.found.append)
        self.now = 1000.0
        self.read_up_to = Counter()
        self.coordinator = Coordinator(self.store, self.workers, self.gathering.append, 10**9, clock=lambda: self.now)
        self.coordinator.look()

    def warm(self, *addresses):
        for address in addresses:
            self.coordinator.hear(Joined(address))
            self.coordinator.hear(Done(Chore(address, "warm_up"), WARM))

    def look(self, seconds=0.0):
        self.now += seconds
        self.coordinator.look()

    def start(self, config=CONFIG):
        """Queue a run, let it be placed and return its key."""
        run_id = self.store.add_run(config, OWNER)
        self.look()
        return self.key(run_id)

    def key(self, run_id):
        return [assignment.key for _, assignment in self.workers.placed if assignment.key[0] == run_id][-1]

    def ask(self, kind, run_id):
        self.store.add_request(kind, run_id)
        self.look()

    def read(self, key, *things):
        """The next items of a training come in."""
        self.read_up_to[key] += len(things)
        self.coordinator.hear(Read(key, Batch(things, self.read_up_to[key])))
        self.look()

    def put(self, key, question):
        """Return what a page is told that asks. A question may be a JSON object that is none."""
        as_json = question.to_json() if isinstance(question, Question) else question
        return self.store.ask(key[0], canonical_question(as_json))

    def find(self):
        """What questions need is looked for."""
        questions = list(self.gathering)
        self.gathering.clear()
        for question in questions:
            self.coordinator.hear(Gathered(question, self.lookup.find(question)))
        self.look()

    def run(self, key):
        return self.store.run(key[0])

    def events(self, key):
        return [unpack(packed) for _, packed in self.store.events(key[0])]
