"""The gate before publishing: every suite of expectations/suites/ on the published tables, and the forms' contract on their raw
columns, as a table.

dbt enforces contracts on SQL models only: `expectation_result` gives this table its contract.

All published tables are referenced here, so that a new suite needs no Python.
"""

from zhenshu import expectations


def model(dbt, session):
    dbt.config(materialized="table", contract={"enforced": False})
    tables = {
        "fct_poverty_exit": dbt.ref("fct_poverty_exit"),
        "fct_medical_reimbursement": dbt.ref("fct_medical_reimbursement"),
        "fct_education_subsidy": dbt.ref("fct_education_subsidy"),
        "fct_fund_execution": dbt.ref("fct_fund_execution"),
        "fct_reported_indicator": dbt.ref("fct_reported_indicator"),
        "fct_register_change": dbt.ref("fct_register_change"),
        "fct_project_progress": dbt.ref("fct_project_progress"),
        "fct_rectification": dbt.ref("fct_rectification"),
        "mart_town_indicator": dbt.ref("mart_town_indicator"),
        "mart_town_ranking": dbt.ref("mart_town_ranking"),
        "mart_town_pair": dbt.ref("mart_town_pair"),
        "mart_score_sheet": dbt.ref("mart_score_sheet"),
        "mart_score": dbt.ref("mart_score"),
        "mart_county_exit": dbt.ref("mart_county_exit"),
        "mart_identity_check": dbt.ref("mart_identity_check"),
        "mart_identity_explanation": dbt.ref("mart_identity_explanation"),
        "mart_county_indicator": dbt.ref("mart_county_indicator"),
        "mart_identity_cell": dbt.ref("mart_identity_cell"),
        "mart_ledger_source": dbt.ref("mart_ledger_source"),
        "mart_submission": dbt.ref("mart_submission"),
        "mart_figure_revision": dbt.ref("mart_figure_revision"),
        "mart_record_flag": dbt.ref("mart_record_flag"),
    }
    raw = {
        "household": dbt.ref("household"),
        "register_change": dbt.ref("register_change"),
        "medical_claim": dbt.ref("medical_claim"),
        "education_grant": dbt.ref("education_grant"),
        "fund_project": dbt.ref("fund_project"),
        "rectification": dbt.ref("rectification"),
        "exit_summary": dbt.ref("exit_summary"),
        "medical_summary": dbt.ref("medical_summary"),
        "education_summary": dbt.ref("education_summary"),
        "fund_summary": dbt.ref("fund_summary"),
        "indicator_summary": dbt.ref("indicator_summary"),
    }

    def count(form, conditions):
        return list(raw[form].aggregate(expectations.counting(conditions)).fetchone())

    return expectations.gate(tables.__getitem__, count)
