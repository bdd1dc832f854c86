"""The gate before publishing: every suite of expectations/suites/ on the published tables, as a table.

dbt enforces contracts on SQL models only: `expectation_result` gives this table its contract.

All published tables are referenced here, so that a new suite needs no Python.
"""

from pathlib import Path

from zhenshu import expectations


def model(dbt, session):
    dbt.config(materialized="table", contract={"enforced": False})
    tables = {
        "fct_poverty_exit": dbt.ref("fct_poverty_exit"),
        "fct_medical_reimbursement": dbt.ref("fct_medical_reimbursement"),
        "fct_education_subsidy": dbt.ref("fct_education_subsidy"),
        "fct_fund_execution": dbt.ref("fct_fund_execution"),
        "fct_reported_indicator": dbt.ref("fct_reported_indicator"),
        "mart_town_indicator": dbt.ref("mart_town_indicator"),
        "mart_identity_check": dbt.ref("mart_identity_check"),
        "mart_record_flag": dbt.ref("mart_record_flag"),
    }
    project = Path(expectations.__file__).resolve().parents[2]
    result = expectations.run(project / "expectations/suites", lambda name: tables[name].df())
    return result.astype({"unexpected_count": "Int64"})
