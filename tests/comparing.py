"""The comparison's own SQL on tables that a test makes up: any number of counties, their figures and their patients or projects."""

import duckdb
import numpy as np
import pandas as pd
from conftest import PROJECT

MODELS = ["int_ratio_resampled", "int_town_compared", "int_indicator_spread", "int_town_rank", "mart_town_pair"]
BETTER, PERIOD = "high", "date '2020-01-01' as period_start, date '2020-06-30' as period_end"


class Comparison:
    """A warehouse in memory that holds what the comparison reads. Each `county` stands apart, as counties do."""

    def __init__(self, compiled: dict[str, str]) -> None:
        self.compiled = compiled
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as zhenshu")
        self.connection.execute("use zhenshu")
        for schema in ("intermediate", "seed"):
            self.connection.execute(f"create schema {schema}")
        self.connection.execute(
            "create table seed.parameter as select parameter, value, valid_from, cast(valid_to as date) as valid_to"
            f" from read_csv('{PROJECT}/seeds/reference/parameter.csv', all_varchar = false)"
        )
        self.connection.execute("alter table seed.parameter alter value type decimal(28, 15)")

    def make(self, *names: str) -> None:
        for name in names:
            schema = "main" if name.startswith("mart_") else "intermediate"
            self.connection.execute(f"create or replace table {schema}.{name} as {self.compiled[name]}")

    def rows(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def indicators(self, figures: list[tuple] | pd.DataFrame) -> None:
        """Figures as (county, town, kind, numerator, denominator, value, margin)."""
        columns = ["county_code", "town_code", "kind", "numerator", "denominator", "value", "margin_95"]
        frame = pd.DataFrame(figures).set_axis(columns, axis=1).astype({"margin_95": float})  # noqa: F841
        self.connection.execute(
            f"""create or replace table intermediate.int_town_indicator as
            select county_code, town_code, kind, {", ".join(f"cast({c} as decimal(28, 8)) as {c}" for c in columns[3:5])}, value,
                case when not isnan(margin_95) then margin_95 end as margin_95, town_code as town_name, {PERIOD}, 'share' as indicator,
                'persons' as denominator_wording, '{BETTER}' as better, case when kind <> 'count_ratio' then 1 end as ceiling_value,
                'total' as breakdown_by, 'agrees' as verdict
            from frame"""
        )

    def units(self, rows: list[tuple] | pd.DataFrame) -> None:
        """Patients or projects as (county, town, unit, numerator, denominator)."""
        columns = ["county_code", "town_code", "unit_key", "numerator_yuan", "denominator_yuan"]
        frame = pd.DataFrame(rows).set_axis(columns, axis=1)  # noqa: F841
        money = "cast({0} as decimal(38, 2)) as {0}"
        self.connection.execute(
            f"""create or replace table intermediate.int_ratio_unit as
            select case when county_code = '1' then town_code else county_code || '-' || town_code end as town_code, unit_key, {PERIOD},
                'share' as indicator, {", ".join(money.format(c) for c in columns[3:])}
            from frame"""
        )


def true_ranks(truth: np.ndarray) -> np.ndarray:
    """1 + the number of towns that are truly better, town by town; `truth` has a row for each county."""
    return 1 + (truth[:, None, :] > truth[:, :, None]).sum(axis=2)
