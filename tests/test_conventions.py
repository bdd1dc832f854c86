"""Conventions that a reader relies on, tested over dbt's manifest: lineage, names, grain, contracts, units, the registry."""

import csv
import json
import os
import re
from pathlib import Path

import pytest
import yaml
from conftest import PROJECT

from zhenshu.contract import forms

LAYERS = ["staging", "intermediate", "facts", "marts"]
PREFIX = {"staging": "stg_", "intermediate": "int_", "facts": "fct_", "marts": ("mart_", "expectation_")}
UNITS = {"_yuan": "元", "_share": "share"}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> dict:
    from dbt.cli.main import dbtRunner

    target = tmp_path_factory.mktemp("target")
    os.environ["ZHENSHU_DATA"] = str(target)
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target), "--log-path", str(target)]
    try:
        parsed = dbtRunner().invoke(["--quiet", "parse", "--no-partial-parse", *folders])
    finally:
        del os.environ["ZHENSHU_DATA"]
    assert parsed.success, parsed.exception
    return json.loads((target / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(manifest) -> dict[str, dict]:
    return {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "model"}


def layer(node: dict) -> str:
    return node["fqn"][1]


def published(models: dict) -> list[dict]:
    return [m for m in models.values() if layer(m) in ("facts", "marts") and m["language"] == "sql"]


def test_a_layer_reads_only_those_before_it(manifest, models):
    wrong = []
    for name, model in models.items():
        for parent in (manifest["nodes"][p] for p in model["depends_on"]["nodes"]):
            if name == "expectation_run" and parent["name"] in forms():
                allowed = True  # the contract is checked on the raw columns
            elif parent["resource_type"] == "seed":
                allowed = layer(model) == "staging" or (layer(model) != "facts" and "reference" in parent["fqn"])
            else:
                allowed = LAYERS.index(layer(parent)) <= LAYERS.index(layer(model))
            if layer(model) == "staging":
                allowed = parent["resource_type"] == "seed" and len(model["depends_on"]["nodes"]) == 1
            if not allowed:
                wrong.append(f"{name} reads {parent['name']}")
    assert not wrong


def test_names_carry_their_layer(models):
    assert not [name for name, model in models.items() if not name.startswith(PREFIX[layer(model)])]


def test_grain_is_said_and_tested(manifest, models):
    tested = {
        n["attached_node"]
        for n in manifest["nodes"].values()
        if n["resource_type"] == "test" and n.get("test_metadata", {}).get("name") in ("unique_combination", "unique")
    }
    unsaid = [name for name, model in models.items() if not model["description"].startswith("One row per ")]
    untested = [name for name, model in models.items() if model["unique_id"] not in tested]
    assert (unsaid, untested) == ([], [])


def test_published_tables_have_contracts_descriptions_and_units(models):
    wrong = []
    for model in published(models):
        if not model["config"]["contract"]["enforced"]:
            wrong.append(f"{model['name']}: no contract")
        for column in model["columns"].values():
            if not re.search(r"[\u4e00-\u9fff]", column["description"]):
                wrong.append(f"{model['name']}.{column['name']}: no Chinese description")
            needs_unit = column["data_type"] in ("bigint", "double") or column["data_type"].startswith("decimal")
            unit = column["config"]["meta"].get("unit")
            if needs_unit and not unit:
                wrong.append(f"{model['name']}.{column['name']}: no unit")
            expected = next((u for suffix, u in UNITS.items() if column["name"].endswith(suffix)), None)
            if expected and unit != expected:
                wrong.append(f"{model['name']}.{column['name']}: unit {unit}, its name says {expected}")
    assert not wrong


def test_every_published_table_is_seen_by_the_expectations(models):
    run = models["expectation_run"]
    seen = {node.split(".")[-1] for node in run["depends_on"]["nodes"]}
    after = {"expectation_result"}
    assert {m["name"] for m in published(models)} - after == seen - set(forms())
    assert set(forms()) <= seen


def test_every_fact_and_mart_has_a_suite(models):
    suites = {json.loads(p.read_text(encoding="utf-8"))["meta"]["table"] for p in (PROJECT / "expectations/suites").glob("*.json")}
    assert suites == {m["name"] for m in published(models)} - {"expectation_result"}


def test_models_stay_short():
    long = [p.name for p in (PROJECT / "models").rglob("*.sql") if len(p.read_text(encoding="utf-8").splitlines()) > 100]
    assert long == []


def test_no_model_divides_without_a_guard():
    bare = []
    for path in (*(PROJECT / "models").rglob("*.sql"), *(PROJECT / "macros").rglob("*.sql")):
        text = re.sub(
            r"--.*|\{#.*?#\}|'[^']*'", "", path.read_text(encoding="utf-8"), flags=re.DOTALL if path.parent.name == "macros" else 0
        )
        bare += [f"{path.name}: {line.strip()}" for line in text.splitlines() if re.search(r"\s/\s(?!nullif)", line)]
    assert bare == []


def seed(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((PROJECT / f"seeds/reference/{name}.csv").open(encoding="utf-8")))


def test_every_figure_of_a_summary_form_is_an_indicator():
    registered = {(r["form"], r["form_column"].split("@")[0]) for r in seed("indicator")}
    figures = {(f.name, c.name) for f in forms().values() if f.kind == "summary" for c in f.columns.values() if c.is_figure}
    assert figures <= registered


def test_registry_is_whole():
    rows = seed("indicator")
    codes = {r["code"] for r in rows}
    names = [n for r in rows for n in (r["name_zh"], *filter(None, r["aliases"].split("、")))]
    assert len(names) == len(set(names)), "one name, two indicators"
    for row in rows:
        derived = bool(row["numerator"])
        assert derived == bool(row["denominator"]) == bool(row["denominator_wording"]), row["code"]
        assert derived == (row["kind"] in ("proportion", "count_ratio", "money_ratio", "rate")), row["code"]
        assert not derived or {row["numerator"], row["denominator"]} <= codes, row["code"]


def flag_rules() -> dict[str, list[str]]:
    """The flag models that hold each rule."""
    used: dict[str, list[str]] = {}
    for path in (PROJECT / "models/intermediate").glob("int_*_flag.sql"):
        for name in re.findall(r"'([A-Z]\d\d)': \(", path.read_text(encoding="utf-8")):
            used.setdefault(name, []).append(path.stem)
    return used


def test_every_record_rule_stands_in_one_flag_model_and_has_a_worked_example():
    rules = {r["rule_id"]: r for r in seed("record_rule")}
    used = flag_rules()
    assert used.keys() == rules.keys()
    assert {rule: models for rule, models in used.items() if len(models) != 1} == {}
    document = yaml.safe_load((PROJECT / "models/intermediate/_flags__unit_tests.yml").read_text(encoding="utf-8"))
    shown = {(row["rule_id"], test["model"]) for test in document["unit_tests"] for row in test["expect"]["rows"] if "rule_id" in row}
    assert shown == {(rule, models[0]) for rule, models in used.items()}
    for rule, row in rules.items():
        model = {"summary": "int_cumulative_figure_flag"}.get(row["form"], f"int_{row['form']}_flag")
        assert used[rule] == [model], rule


def test_worked_examples_stand_at_the_thresholds_and_validity_of_the_seeds():
    document = yaml.safe_load((PROJECT / "models/intermediate/_flags__unit_tests.yml").read_text(encoding="utf-8"))
    given = {a["input"]: a["rows"] for a in document["anchors"] if "input" in a}
    limits = {name: float(value) for name, value in re.findall(r"\('(\w+)', ([\d.]+)\)", given["ref('parameter')"])}
    parameters = {r["parameter"]: float(r["value"]) for r in seed("parameter") if not r["valid_to"]}
    assert limits.items() <= parameters.items()
    macro = (PROJECT / "macros/flags.sql").read_text(encoding="utf-8")
    assert set(re.findall(r"'(\w+)'", macro.split("rule_limits")[1].split("endmacro")[0])) == limits.keys()
    conditions = "".join(p.read_text(encoding="utf-8") for p in (PROJECT / "models/intermediate").glob("int_*_flag.sql"))
    assert [name for name in limits if name not in conditions] == []
    rules = dict(re.findall(r"\('([A-Z]\d\d)', '([\d-]+)'\)", given["ref('record_rule')"]))
    assert rules == {r["rule_id"]: r["valid_from"] for r in seed("record_rule")}


def test_the_contract_holds_all_forms_and_types():
    document = yaml.safe_load((PROJECT / "seeds/township/_township__seeds.yml").read_text(encoding="utf-8"))
    named = {s["name"] for s in document["seeds"]}
    assert len(forms()) == 11 and set(forms()) < named
    assert not [c["name"] for s in document["seeds"] for c in s["columns"] if not c.get("data_type")]
    for name in named:
        header = (PROJECT / f"seeds/township/{name}.csv").open(encoding="utf-8").readline().strip().split(",")
        assert header == [c["name"] for s in document["seeds"] if s["name"] == name for c in s["columns"]]


def test_python_modules_stay_short():
    sizes = {p.name: len(p.read_text(encoding="utf-8").splitlines()) for p in (PROJECT / "src").rglob("*.py")}
    assert {name: size for name, size in sizes.items() if size > 400} == {}


def test_constraints_name_no_host():
    assert "://" not in Path(PROJECT / "constraints.txt").read_text(encoding="utf-8")


def test_whatever_a_model_built_by_period_rests_on_is_fingerprinted(manifest, models):
    def seeds(unique_id: str) -> set[str]:
        node = manifest["nodes"][unique_id]
        return {node["name"]} if node["resource_type"] == "seed" else set().union(*map(seeds, node["depends_on"]["nodes"]))

    by_period = [m for m in models.values() if m["config"]["materialized"] == "incremental"]
    watched = seeds(models["int_period_input"]["unique_id"])
    assert len(by_period) >= 15
    assert not {m["name"]: left for m in by_period if (left := seeds(m["unique_id"]) - watched)}
