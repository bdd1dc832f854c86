"""Every broken identity with its explanations, best first: the one cell which, typed as clerks mistype, would mend it.

The rule is zhenshu.explanation; the ground is int_identity_to_explain. Each township is explained by itself.
"""

from zhenshu.explaining import explain_ground


def model(dbt, session):
    dbt.config(materialized="table")
    return explain_ground(dbt.ref("int_identity_to_explain"))
