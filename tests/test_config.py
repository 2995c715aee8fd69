"""Run files: what they may say, and how they say what is wrong."""

import json
from pathlib import Path

import pytest

import descend.config
from descend.config import RunConfig
from descend.config.document import commented, resolved
from descend.config.keys import keys
from descend.config.problems import ConfigError
from descend.config.read import read
from descend.config.schema import schema

EVERY_SECTION = """
[data]
source = "people.csv"
target = -1
test = 0.25

[network]
hidden = [30, 20]
activation = "tanh"

[train]
optimizer = "momentum"
momentum = 0.8
schedule = "step"
decay_every = 5
batch_size = "full"

[output]
report = false
"""


def test_a_file_says_what_it_says_and_the_rest_has_defaults() -> None:
    config = read(EVERY_SECTION, "run.toml")
    assert config.data.target == "-1"
    assert config.network.hidden == (30, 20)
    assert (config.train.batch_size, config.train.momentum, config.train.epochs) == ("full", 0.8, 100)
    assert not config.output.report
    assert config.output.examples


def test_options_win_over_set_and_set_over_the_file() -> None:
    config = read(
        EVERY_SECTION,
        settings={
            "train.epochs": "7",
            "network.hidden": "[3]",
            "data.target": "12",
            "network.batch_norm": "true",
        },
        options={"network.hidden": "8 4", "data.test": "other.csv", "output.report": True},
    )
    assert (config.train.epochs, config.network.hidden, config.network.batch_norm) == (7, (8, 4), True)
    assert (config.data.target, config.data.test, config.output.report) == ("12", "other.csv", True)


@pytest.mark.parametrize(
    ("word", "units"), [("none", ()), ("8", (8,)), ("8,4", (8, 4)), ("8 4", (8, 4)), ("[8, 4]", (8, 4))]
)
def test_sizes_as_they_are_written(word: str, units: tuple[int, ...]) -> None:
    config = read(options={"data.source": "iris", "network.hidden": word})
    assert config.network.hidden == units


def test_everything_that_is_wrong_is_said_at_once_each_with_its_place() -> None:
    text = """
[data]
source = "x.csv"
sorce = 1
[train]
learning_rate = -1
epochs = "many"
hidden = [3]
weight_decay = 0.1
schedule = "cosine"
decay = 0.5
[netwrk]
[tune]
units = [9, 3]
"""
    with pytest.raises(ConfigError) as caught:
        read(text, "run.toml", settings={"train.loss": "hubber"}, options={"train.batch_size": "none"})
    first, *lines = str(caught.value).split("\n  ")
    assert first == "10 settings cannot be used."
    assert sorted(lines) == sorted(
        [
            "run.toml: data.sorce is no key that descend knows: did you mean source?",
            "run.toml: train.learning_rate is -1: it should be greater than 0.",
            "run.toml: train.epochs is 'many': it should be a valid integer.",
            "run.toml: train.hidden is no key that descend knows: did you mean network.hidden?",
            "run.toml: train.weight_decay: the optimizer adam has no weight_decay: leave it out.",
            "run.toml: train.decay: the schedule cosine has no decay: choose step or exponential or plateau.",
            "run.toml: netwrk is no key that descend knows: did you mean network?",
            "run.toml: tune.units: the range goes from 9 down to 3: give the lesser end first.",
            "--set train.loss: loss 'hubber' is unknown: did you mean 'huber'? There are auto, "
            "binary_cross_entropy, cross_entropy, squared_error, absolute_error, huber, quantile, poisson.",
            "--batch-size is 'none': it should be a valid integer or 'full'.",
        ]
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[train", "run.toml is no TOML: "),
        ("", "run.toml: data is missing: give it."),
        ("[data]", "run.toml: data.source is missing: give it."),
        ("data = 3", "run.toml: data is 3: it should be a valid dictionary or instance of DataConfig."),
        (
            '[data]\nsource="x"\n[output]\nreport=1',
            "run.toml: output.report is 1: it should be a valid boolean.",
        ),
        ('[data]\nsource="x"\n[train]\nepochs=true', "run.toml: train.epochs is True"),
        (
            '[data]\nsource="x"\n[train]\nzebra=1',
            "run.toml: train.zebra is no key that descend knows: there are loss, label_smoothing, ",
        ),
        (
            '[data]\nsource="x"\ntask="regression"\n[train]\nloss="cross_entropy"',
            "run.toml: the loss cross_entropy is for classification, and data.task is regression.",
        ),
    ],
)
def test_one_thing_that_is_wrong(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(text, "run.toml")
    assert str(caught.value).startswith(sentence)


def test_a_resolved_file_reads_as_what_it_was_written_from() -> None:
    config = read(EVERY_SECTION).model_copy(update={"record": {"descend": "0.1.0"}})
    assert read(resolved(config)) == config
    awkward = read(options={"data.source": 'a "b"\\c \x7f é.csv', "data.target": "=x\t"})
    assert read(resolved(awkward)) == awkward


def test_a_commented_file_has_every_key_and_reads_as_the_defaults() -> None:
    text = commented({"data.source": "x.csv"}, {"data": ["500 rows"]})
    assert read(text) == read(options={"data.source": "x.csv"})
    assert "# 500 rows" in text
    for key in keys().values():
        assert f"{key.name} =" in text
    bare = "\n".join(
        line.removeprefix("# ") if " = " in line and line.startswith("# ") else line
        for line in text.splitlines()
    )
    assert read(bare) == read(text)


def test_every_key_is_an_option_of_its_own_with_words_for_it() -> None:
    options = [key.option for key in keys().values()]
    assert len(set(options)) == len(options)
    assert all(key.field.description for key in keys().values())


def test_the_published_schema_is_current() -> None:
    published = Path(descend.config.__file__).with_name("run.schema.json").read_text()
    assert published == schema(), "write it anew: descend schema > python/descend/config/run.schema.json"


def test_the_schema_tells_editors_what_a_file_may_say() -> None:
    definitions = json.loads(schema())["$defs"]
    assert not definitions["TrainConfig"]["additionalProperties"]
    assert "adamw" in definitions["TrainConfig"]["properties"]["optimizer"]["enum"]
    assert set(json.loads(schema())["properties"]) == set(RunConfig.model_fields)


@pytest.mark.parametrize(
    ("words", "target"),
    [("a", "a"), ("-1", "-1"), ("true", "true"), ("2020-01-01", "2020-01-01"), (["a", "3"], ("a", "3"))],
)
def test_targets_are_names_whatever_they_look_like(
    words: str | list[str], target: str | tuple[str, ...]
) -> None:
    assert read(options={"data.source": "x", "data.target": words}).data.target == target


def test_ranges_and_choices_are_words_on_the_command_line() -> None:
    words = {
        "tune.layers": "1 2",
        "tune.l2": "1e-5, 0.1",
        "tune.activation": "tanh relu",
        "data.keys": "X labels",
    }
    config = read(options={"data.source": "x", **words})
    assert (config.tune.layers, config.tune.l2, config.tune.activation) == (
        (1, 2),
        (1e-5, 0.1),
        ("tanh", "relu"),
    )
    assert config.data.keys == ("X", "labels")


def test_tables_and_lists_on_the_command_line_are_toml() -> None:
    config = read(
        options={"data.source": "x"},
        settings={
            "preprocess.columns.zip code": "one-hot",
            "train.class_weight": '{yes = 2, "no" = 0.5}',
            "data.target": '["a", "b"]',
        },
    )
    assert config.preprocess.columns == {"zip code": "one-hot"}
    assert config.train.class_weight == {"yes": 2, "no": 0.5}
    assert config.data.target == ("a", "b")
    assert read(resolved(config)) == config


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"data.split": "group"}, "data.split_column: a split by group needs one: name a column."),
        ({"data.split_column": "day"}, "--split-column: a split by share has none: leave it out."),
        (
            {"data.folds": "5", "data.split": "time", "data.split_column": "day"},
            "--folds: a split by time has one way to deal the rows: leave it out.",
        ),
        (
            {"train.label_smoothing": "0.1", "train.loss": "huber"},
            "--label-smoothing: the loss huber has no labels to smooth: leave it out.",
        ),
        (
            {"preprocess.columns": "{a = 'words'}"},
            "--columns is 'words': it should be 'numeric', 'splines', ",
        ),
    ],
)
def test_settings_that_do_not_go_together(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(options={"data.source": "x", **given})
    assert str(caught.value).startswith(sentence)
