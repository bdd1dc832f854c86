"""Every broken identity with its explanations, best first: the one cell which, typed as clerks mistype, would mend it.

The rule is zhenshu.explanation; the ground is int_identity_to_explain. Each township is explained by itself.
"""

from itertools import groupby

import polars as pl

from zhenshu.explaining import SCHEMA, explain_town


def model(dbt, session):
    dbt.config(materialized="table")
    ground = dbt.ref("int_identity_to_explain").order("town_code, identity, indicator, period_start, period_end, breakdown_by, breakdown, cell_id")
    names = ground.columns
    lines = (dict(zip(names, row, strict=True)) for row in iter(ground.fetchone, None))
    rows = [row for _, town in groupby(lines, key=lambda line: line["town_code"]) for row in explain_town(list(town))]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").to_arrow()
