"""What every generated program promises: it is Python that formatters leave alone, and its marks are the truth."""

from __future__ import annotations

import ast
import difflib
import itertools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import FIELD_BY_NAME, FIELDS, Choice, Real, Switch, TrainingConfig, Whole
from bn_core.source_code import Listing, command_line, notebook, program, running_layer
from bn_core.source_code.listing import ALWAYS_MARKED

PROJECT = Path(__file__).parents[1]
CHOICES = {field.name: field.values for field in FIELDS if isinstance(field, Choice)} | {"bias": (False, True)}
EVERY_FORM = [
    TrainingConfig(**dict(zip(CHOICES, values, strict=True)))  # type: ignore[arg-type]
    for values in itertools.product(*CHOICES.values())
]
OTHER_VALUES = {
    "batches": 3,
    "batch_size": 500,
    "learning_rate": 1e-05,
    "momentum": 0.5,
    "epsilon": 1e-08,
    "seed": 2**31 - 1,
    "placement": "after",
    "bias": True,
    "implementation": "by-hand",
    "initializer": "he",
    "bug": "wrong-axes",
    "dataset": "mnist-5k",
}
EVERY_FORM += [
    replace(form, **{field: value})
    for field, value in OTHER_VALUES.items()
    for form in (TrainingConfig(), TrainingConfig(implementation="by-hand"))
]


def test_another_value_is_tried_of_every_field() -> None:
    assert OTHER_VALUES.keys() == FIELD_BY_NAME.keys(), "every field needs another value than its default here"


def configs() -> st.SearchStrategy[TrainingConfig]:
    """Any configuration."""

    def values(name: str) -> st.SearchStrategy[object]:
        match FIELD_BY_NAME[name]:
            case Choice(values=known):
                return st.sampled_from(known)
            case Switch():
                return st.booleans()
            case Whole(low=low, high=high):
                return st.integers(low, high)
            case Real(low=low, high=high):
                return st.floats(low, high)

    return st.fixed_dictionaries({name: values(name) for name in FIELD_BY_NAME}).map(TrainingConfig.of)


def lines_of(made: Listing, field: str) -> tuple[int, ...]:
    """The lines that this field decides; `bug`: the wrong ones."""
    return tuple(mark.line for mark in made.marks if mark.field == field)


def body(text: str) -> list[str]:
    """The lines from the first import on; the heading before it names the configuration in words."""
    lines = text.splitlines()
    return lines[lines.index("import os") :]


def code_of(text: str) -> list[str]:
    """All lines without their comments, and with nothing in the heading."""
    lines = [line.split("  # ")[0] for line in text.splitlines()]
    start = lines.index("import os")
    return [""] * start + lines[start:]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bn_core", "code", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


class TestText:
    def test_every_form_is_python_in_ascii_that_fits_beside_another(self) -> None:
        for config in EVERY_FORM:
            text = program(config).text
            ast.parse(text)
            assert text.isascii()
            assert "#@" not in text
            assert max(map(len, text.splitlines())) <= 83, config
            assert len([line for line in body(text) if line.strip()]) <= 151

    @given(configs())
    def test_any_values_make_python_with_these_values(self, config: TrainingConfig) -> None:
        tree = ast.parse(program(config).text)
        constants = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        assert constants["BATCHES"] == config.batches
        assert constants["BATCH_SIZE"] == config.batch_size
        assert constants["LEARNING_RATE"] == config.learning_rate
        assert constants["SEED"] == config.seed
        if not config.normalized:
            assert not {"EPSILON", "MOMENTUM"} & set(constants)
        else:
            assert constants["EPSILON"] == config.epsilon
            if config.bug != "never-updated":
                assert constants["MOMENTUM"] == config.momentum

    def test_the_formatter_has_nothing_to_change(self, tmp_path: Path) -> None:
        for number, config in enumerate(EVERY_FORM):
            (tmp_path / f"program_{number}.py").write_text(program(config).text, encoding="utf-8")
        for command in (["format", "--check"], ["check"]):
            done = subprocess.run(
                [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(tmp_path)],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.returncode == 0, done.stdout[-2000:]

    def test_without_batch_norm_both_levels_are_one_program(self) -> None:
        config = TrainingConfig(placement="none", bias=True)
        layer, by_hand = (program(replace(config, implementation=level)) for level in ("layer", "by-hand"))
        assert body(layer.text) == body(by_hand.text)
        assert "BatchNormalization" not in layer.text

    def test_each_level_is_written_with_its_own_means(self) -> None:
        layer, by_hand = (program(TrainingConfig(implementation=level)).text for level in ("layer", "by-hand"))
        assert "layers.BatchNormalization(" in layer
        assert "tf.nn." not in layer.replace("tf.nn.sigmoid_cross_entropy_with_logits", "")
        assert "layers.BatchNormalization" not in by_hand
        assert "tf.nn.moments(" in by_hand
        assert "tf.nn.batch_normalization(" in by_hand

    def test_the_heading_has_the_command_that_makes_the_same_program(self) -> None:
        for config in EVERY_FORM[::7]:
            text = program(config).text
            command = " ".join((ast.get_docstring(ast.parse(text)) or "").split("by\n\n")[1].split())
            assert command == command_line(config)


class TestMarks:
    @pytest.mark.parametrize(
        "start", [TrainingConfig(), TrainingConfig(implementation="by-hand")], ids=["layer", "hand"]
    )
    @pytest.mark.parametrize("field", list(OTHER_VALUES))
    def test_every_line_that_a_choice_changes_is_marked_with_it(self, start: TrainingConfig, field: str) -> None:
        changed = replace(start, **{field: OTHER_VALUES[field]})
        if changed == start:
            changed = TrainingConfig()
        before, after = (code_of(program(config).text) for config in (start, changed))
        marked = set(lines_of(program(changed), field))
        for kind, _, _, first, last in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if kind in ("replace", "insert"):
                new = [number for number in range(first + 1, last + 1) if after[number - 1].strip()]
                # How many images share their statistics at test is no matter of right or wrong.
                new = [number for number in new if not after[number - 1].startswith("def score(")]
                assert set(new) <= marked, [after[number - 1] for number in new]

    def test_the_lines_of_the_five_choices_are_always_marked(self) -> None:
        for config in EVERY_FORM:
            fields = {mark.field for mark in program(config).marks}
            assert {"placement", "bias", "initializer"} <= fields
            assert ("implementation" in fields) == config.normalized

    def test_a_mark_says_whether_its_value_is_the_default(self) -> None:
        config = TrainingConfig(placement="after", batches=100)
        for mark in program(config).marks:
            assert mark.changed == (mark.field in ("placement", "batches"))
            assert mark.changed or mark.field in ALWAYS_MARKED

    def test_without_batch_norm_a_bias_is_the_default(self) -> None:
        for bias in (False, True):
            marks = program(TrainingConfig(placement="none", bias=bias)).marks
            assert {mark.changed for mark in marks if mark.field == "bias"} == {not bias}

    def test_a_marked_line_is_never_blank(self) -> None:
        for config in EVERY_FORM[::5]:
            made = program(config)
            lines = made.text.splitlines()
            assert all(lines[mark.line - 1].strip() for mark in made.marks)

    @pytest.mark.parametrize("bug", CHOICES["bug"])
    @pytest.mark.parametrize("level", CHOICES["implementation"])
    def test_a_bug_has_its_wrong_lines_marked_and_says_so(self, bug: str, level: str) -> None:
        made = program(TrainingConfig.of({"bug": bug, "implementation": level}))
        wrong = [made.text.splitlines()[line - 1] for line in lines_of(made, "bug")]
        assert any("# BUG: " in line for line in wrong) == (bug != "none")
        assert made.text.count("BUG") == sum(line.count("BUG") for line in wrong)

    def test_without_batch_norm_only_the_order_of_the_batches_can_be_wrong(self) -> None:
        for bug in CHOICES["bug"]:
            made = program(TrainingConfig.of({"placement": "none", "bug": bug}))
            assert bool(lines_of(made, "bug")) == (bug == "sorted-batches")


class TestByHand:
    def test_it_has_the_arithmetic_of_the_layer_that_runs(self) -> None:
        """The moving average, by its syntax; that all of it gives the same bits, tests/training asks."""
        in_program = ast.parse(program(TrainingConfig(implementation="by-hand")).text)
        functions = {node.name: node for node in ast.walk(in_program) if isinstance(node, ast.FunctionDef)}
        (assignment,) = [node for node in ast.walk(functions["update_moving"]) if isinstance(node, ast.Call)]
        running = ast.parse(running_layer.excerpt("update_moving").text).body[0]
        assert isinstance(running, ast.FunctionDef)
        returned = running.body[-1]
        assert isinstance(returned, ast.Return)
        assert ast.unparse(assignment.args[0]) == ast.unparse(returned.value).replace("momentum", "MOMENTUM")

    @pytest.mark.parametrize("name", [*running_layer.ARITHMETIC, running_layer.WRAPPER])
    def test_what_the_page_shows_is_the_file_that_runs(self, name: str) -> None:
        excerpt = running_layer.excerpt(name)
        lines = running_layer.FILE.read_text(encoding="utf-8").splitlines()
        shown = excerpt.text.splitlines()
        assert lines[excerpt.first - 1 : excerpt.first - 1 + len(shown)] == shown
        assert f"def {name.split('.')[-1]}(" in shown[0]

    def test_the_arithmetic_that_is_shown_calls_nothing_that_is_not(self) -> None:
        defined = {
            node.name
            for node in ast.parse(running_layer.FILE.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        for name in running_layer.ARITHMETIC:
            called = {
                node.func.id
                for node in ast.walk(ast.parse(running_layer.excerpt(name).text))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            assert called & defined <= set(running_layer.ARITHMETIC)

    def test_an_unknown_name_is_a_key_error(self) -> None:
        with pytest.raises(KeyError, match="nothing_here"):
            running_layer.excerpt("nothing_here")


class TestNotebook:
    def test_every_form_is_a_valid_notebook(self) -> None:
        nbformat = pytest.importorskip("nbformat")
        for config in EVERY_FORM[::11]:
            nbformat.validate(json.loads(notebook(program(config).text)))

    def test_its_cells_are_the_program(self) -> None:
        for config in EVERY_FORM[::5]:
            text = program(config).text
            document = json.loads(notebook(text))
            assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
            assert len({cell["id"] for cell in document["cells"]}) == len(document["cells"])
            code = ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == "code"]
            for cell in code:
                ast.parse(cell)
            written = [line for line in "\n".join(code).splitlines() if line.strip()]
            assert written == [line for line in body(text) if line.strip() and not line.startswith("# %% ")]

    def test_it_reads_as_a_page(self) -> None:
        document = json.loads(notebook(program(TrainingConfig(implementation="by-hand")).text))
        headings = [
            "".join(cell["source"]).splitlines()[0] for cell in document["cells"] if cell["cell_type"] == "markdown"
        ]
        assert headings == [
            "# The batch-normalization notebook's network of 21 layers, on MNIST",
            "## Batch normalization by hand",
            "## The network",
            "## The data",
            "## Training",
            "## Scores",
        ]


class TestCommand:
    def test_it_prints_the_program(self) -> None:
        done = run("--placement", "after", "--bias", "--implementation", "by-hand", "--batches", "7")
        config = TrainingConfig.of({"placement": "after", "bias": True, "implementation": "by-hand", "batches": 7})
        assert done.stdout == program(config).text
        assert (done.returncode, done.stderr) == (0, "")

    def test_the_command_in_the_heading_prints_the_very_program(self) -> None:
        config = TrainingConfig.of({field: value for field, value in OTHER_VALUES.items() if field != "placement"})
        words = command_line(config).split()[4:]
        assert run(*words).stdout == program(config).text

    def test_a_name_that_ends_in_ipynb_makes_a_notebook(self, tmp_path: Path) -> None:
        file = tmp_path / "new folder" / "program.ipynb"
        assert run("--output", str(file)).returncode == 0
        assert file.read_text(encoding="utf-8") == notebook(program(TrainingConfig()).text)

    def test_the_format_may_be_asked_for(self, tmp_path: Path) -> None:
        file = tmp_path / "program.txt"
        done = run("--output", str(file), "--format", "ipynb")
        assert (done.returncode, done.stdout) == (0, "")
        assert json.loads(file.read_text(encoding="utf-8"))["nbformat"] == 4

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--momentum", "2"], "momentum must be a number from 0 to 0.9999"),
            (["--bug", "moth"], "bug must be one of"),
            (["--format", "pdf"], "'pdf' is not one of"),
            (["--output", "."], "is a directory"),
        ],
    )
    def test_a_wrong_option_gets_a_sentence(self, arguments: list[str], said: str) -> None:
        done = run(*arguments)
        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""

    def test_a_file_that_cannot_be_written_gets_a_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        done = run("--output", str(tmp_path / "file" / "program.py"))
        assert done.returncode == 2
        assert "cannot be written" in done.stderr
        assert "Traceback" not in done.stderr
