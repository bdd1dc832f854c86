"""One small township with every form filled in, and every indicator of the registry worked out by hand beside it.

The figures are few enough to follow with a pencil; the comments give the arithmetic.
"""

# ruff: noqa: E501
import csv

import duckdb
import pytest
from conftest import PROJECT, zhenshu
from intake_county import xlsx
from test_warehouse import new_county

from zhenshu.privacy import check_digit

pytestmark = pytest.mark.slow


def person(n: int, year: int = 1980) -> str:
    body = f"900101{year}0101{n:03}"
    return body + check_digit(body)


YES = ["是"] * 5
HOUSEHOLDS = [
    # village, number, head, id, members, type, cause, identified, status, exit year, monitored, income, five guarantees
    ["东村", "H1", "赵一", person(1), 3, "一般户", "因病", "2014-05-01", "已脱贫", 2018, "", 6000, *YES],
    ["东村", "H2", "钱二", person(2), 2, "一般户", "因学", "2015-05-01", "已脱贫", 2019, "脱贫不稳定户", 4000, *YES],  # at the line of 2020
    ["西村", "H3", "孙三", person(3), 4, "低保户", "因残", "2016-05-01", "已脱贫", 2020, "脱贫不稳定户", "3999.99", *YES[1:], "否"],
    ["西村", "H4", "李四", person(4), 1, "特困供养户", "缺劳动力", "2014-05-01", "未脱贫", "", "", 2000, *YES],
    ["西村", "H5", "周五", person(5), 5, "一般户", "因灾", "2014-05-01", "返贫", 2017, "", 2500, *YES],
]
HOUSEHOLD_HEAD = [
    "行政村",
    "户编号",
    "户主姓名",
    "户主证件号码",
    "家庭人口数",
    "户类型",
    "主要致贫原因",
    "识别时间",
    "脱贫状态",
    "脱贫年度",
    "监测对象类别",
    "人均纯收入",
    "不愁吃穿",
    "义务教育保障",
    "基本医疗保障",
    "住房安全保障",
    "饮水安全保障",
]
CHANGES = [
    ["东村", "H2", "自然增加", 0, 1, "2020-03-05"],
    ["西村", "H5", "返贫", 1, 5, "2020-03-10"],
    ["西村", "H3", "自然减少", 0, 2, "2020-03-20"],
]
CLAIM_HEAD = [
    "行政村",
    "患者姓名",
    "证件号码",
    "就诊类型",
    "是否县域内",
    "出院日期",
    "结算日期",
    "总费用",
    "政策范围内费用",
    "基本医保",
    "大病保险",
    "补充保险",
    "医疗救助",
    "其他补偿",
    "个人自付",
]
CLAIMS = [
    ["东村", "赵一", person(1), "住院", "是", "2020-01-05", "2020-02-05", 1000, 900, 700, 50, 30, 20, 100, 100],
    ["东村", "赵一", person(1), "慢病门诊", "是", "2020-03-05", "2020-03-05", 100, 95, 95, 0, 0, 0, 0, 5],  # 105 of 1100: within a tenth
    ["东村", "钱二", person(2), "慢病门诊", "是", "2020-03-06", "2020-03-06", 200, 190, 179, 0, 0, 0, 0, 21],  # 21 of 200: not
    ["西村", "孙三", person(3), "普通门诊", "否", "2020-03-07", "2020-03-07", 300, 270, 270, 0, 0, 0, 0, 30],  # outside the county
]
GRANT_HEAD = ["行政村", "学生姓名", "证件号码", "学段", "就读学校", "就读地", "资助项目", "学年", "学期", "资助金额", "发放日期"]
TERM = ["2019-2020学年", "春季"]
GRANTS = [
    ["东村", "赵小", person(6, 2003), "中职", "县职校", "县内", "雨露计划", *TERM, 1500, "2020-05-01"],
    ["东村", "赵小", person(6, 2003), "中职", "县职校", "县内", "免学费", *TERM, 850, "2020-05-01"],
    ["西村", "孙小", person(7, 2010), "小学", "镇小学", "县内", "寄宿生生活补助", *TERM, 500, "2020-05-01"],
    ["西村", "周小", person(8, 2011), "小学", "镇小学", "县外", "非寄宿生生活补助", *TERM, 260, "2020-05-01"],  # the standard is 250
]
PROJECT_HEAD = [
    "项目编号",
    "项目名称",
    "实施地点",
    "项目类别",
    "资金级次",
    "资金年度",
    "计划投资",
    "下达资金",
    "分配资金",
    "拨付资金",
    "支出资金",
    "报账资金",
    "项目进度",
    "开工时间",
    "完工时间",
]
PROJECTS = [
    ["P1", "东村道路", "东村", "基础设施", "中央", 2020, 60000, 50000, 50000, 40000, 30000, 20000, "完工", "2020-01-10", "2020-03-10"],
    ["P1", "东村道路", "东村", "基础设施", "县级", 2020, 20000, 20000, 10000, 10000, 5000, 0, "完工", "2020-01-10", "2020-03-10"],
    ["P2", "西村果园", "西村", "产业", "省级", 2020, 30000, 30000, 20000, 0, 0, 0, "未开工", "", ""],
    ["P3", "西村饮水", "西村", "公共服务", "市级", 2020, 10000, 0, 0, 0, 0, 0, "在建", "2020-03-01", ""],
]
ISSUE_HEAD = ["问题编号", "问题来源", "行政村", "问题描述", "发现时间", "整改时限", "整改状态", "销号时间"]
ISSUES = [
    ["Q1", "县级督查", "东村", "资料不全", "2020-01-05", "2020-02-05", "已整改", "2020-02-05"],  # on the day: in time
    ["Q2", "县级督查", "西村", "公示不全", "2020-01-05", "2020-02-05", "已整改", "2020-02-06"],  # a day late
    ["Q3", "省级巡查", "西村", "资金滞留", "2020-01-05", "2020-03-30", "基本完成", ""],  # not closed, a day over
    ["Q4", "省级巡查", "西村", "信息错误", "2020-03-05", "2020-04-30", "正在整改", ""],
]
OTHER = [
    *[["计划脱贫人数", "", 5, "人"], ["农村低保人数", "", 8, "人"], ["低保中建档立卡人数", "", 6, "人"]],
    *[["有劳动能力人数", "", 10, "人"], ["就业人数", "", 7, "人"], ["财政专项扶贫资金", "", 10, "万元"]],
    *[
        ["家庭医生签约人数", "", 12, "人"],
        ["家庭医生签约人数", "初级包", 9, "人"],
        ["家庭医生签约人数", "中级包", 3, "人"],
        ["家庭医生履约人数", "", 11, "人"],
    ],
    *[["边缘户", "", 3, "户"], ["边缘户", "因病", 2, "户"], ["边缘户", "因学", 1, "户"]],
    *[
        ["入库项目", "", 3, "个"],
        ["入库项目", "产业", 2, "个"],
        ["入库项目", "基础设施", 1, "个"],
        ["到户产业项目", "", 4, "个"],
        ["到户产业项目", "养殖", 4, "个"],
    ],
    *[["问题排查数", "", 4, "个"], ["问题整改数", "", 2, "个"], ["问题未整改数", "", 2, "个"], ["问题整改率", "", "50%", "%"]],
    *[["扶贫项目数", "", 3, "个"], ["扶贫项目开工数", "", 2, "个"], ["扶贫项目开工率", "", "66.7%", "%"]],
]
AS_OF = "统计时间：截至2020年3月底"
SHEETS = {
    "建档立卡户台账": [["例乡"], [AS_OF], ["单位：人、元"], HOUSEHOLD_HEAD, *HOUSEHOLDS],
    "动态调整台账": [["例乡"], ["统计时间：2020年1—3月"], ["行政村", "户编号", "变动类型", "户数", "人数", "变动时间"], *CHANGES],
    "健康扶贫报销台账": [["例乡"], ["统计时间：2020年1—3月"], ["单位：元"], CLAIM_HEAD, *CLAIMS],
    "教育资助台账": [["例乡"], ["统计时间：2020年春季学期"], ["单位：元"], GRANT_HEAD, *GRANTS],
    "扶贫资金项目台账": [["例乡"], [AS_OF], ["单位：元"], PROJECT_HEAD, *PROJECTS],
    "问题整改台账": [["例乡"], [AS_OF], ISSUE_HEAD, *ISSUES],
    "脱贫情况汇总表": [
        ["例乡"],
        [AS_OF],
        [
            "脱贫年度",
            "脱贫户数",
            "脱贫人数",
            "建档立卡户数",
            "建档立卡人数",
            "未脱贫户数",
            "未脱贫人数",
            "人口数",
            "人口口径",
            "贫困发生率",
        ],
        ["", "", "", 5, 15, 2, 6, 1000, "农业户籍人口", "0.6%"],
        [2018, 1, 3],
        [2019, 1, 2],
        [2020, 1, 4],
        ["合计", 3, 9],
    ],
    "健康扶贫汇总表": [
        ["例乡"],
        ["统计时间：2020年1—3月"],
        ["单位：元"],
        [
            "就诊类型",
            "就诊人次",
            "总费用",
            "政策范围内费用",
            "基本医保",
            "大病保险",
            "补充保险",
            "医疗救助",
            "其他补偿",
            "补偿合计",
            "个人自付",
            "报销比例",
            "比例口径",
        ],
        ["住院", 1, 1000, 900, 700, 50, 30, 20, 100, 900, 100, "90.00%", "总费用"],
        ["慢病门诊", 2, 300, 285, 274, 0, 0, 0, 0, 274, 26, "91.33%", "总费用"],
        ["普通门诊", 1, 300, 270, 270, 0, 0, 0, 0, 270, 30, "90.00%", "总费用"],
        ["合计", 4, 1600, 1455, 1244, 50, 30, 20, 100, 1444, 156, "90.25%", "总费用"],
    ],
    "教育资助汇总表": [
        ["例乡"],
        ["统计时间：2020年春季学期"],
        ["单位：元"],
        ["学段", "在校学生数", "应资助人数", "资助人数", "资助人次", "资助金额"],
        ["小学", 6, 3, 2, 2, 760],
        ["中职", 2, 1, 1, 2, 2350],
        ["合计", 8, 4, 3, 4, 3110],
    ],
    "资金拨付进度表": [
        ["例乡"],
        [AS_OF],
        ["单位：万元"],
        ["资金级次", "资金年度", "下达资金", "分配资金", "拨付资金", "支出资金", "报账资金", "执行率"],
        ["中央", 2020, 5, 5, 4, 3, 2, "60%"],
        ["省级", 2020, 3, 2, 0, 0, 0, "0%"],
        ["市级", 2020, 0, 0, 0, 0, 0, ""],
        ["县级", 2020, 2, 1, 1, "0.5", 0, "25%"],
        ["合计", 2020, 10, 8, 5, "3.5", 2, "35%"],
    ],
    "其他指标上报表": [["例乡"], [AS_OF], ["指标名称", "分项", "数值", "计量单位"], *OTHER],
}
FORMS = [
    "household",
    "register_change",
    "medical_claim",
    "fund_project",
    "rectification",
    "exit_summary",
    "medical_summary",
    "fund_summary",
    "indicator_summary",
]
WORKED = {
    # the register: 5 households, 3+2+4+1+5 persons; exited H1–H3, poor H4 and H5 (返贫)
    "registered_households": 5, "registered_persons": 15, "exited_households": 3, "exited_persons": 9, "year_exited_persons": 4,
    "returned_households": 1, "returned_persons": 5, "once_exited_persons": 14, "remaining_households": 2, "remaining_persons": 6,
    "guaranteed_households": 2, "above_line_households": 2, "population": 1000, "planned_exit_persons": 5,
    "poverty_incidence": 6 / 1000, "cumulative_exit_share": 9 / 15, "annual_exit_completion": 4 / 5, "return_rate": 5 / 14,
    "guarantees_met_share": 2 / 3, "income_above_line_share": 2 / 3,
    # 1 + 5 + 2 persons changed; the register by +1 −2, 返贫 changes nobody's number
    "changed_persons": 8, "register_net_persons": -1,
    "medical_visits": 4, "medical_total_cost": 1600, "medical_in_policy_cost": 1455, "medical_basic_insurance": 1244,
    "medical_serious_illness": 50, "medical_supplementary": 30, "medical_aid": 20, "medical_other_payment": 100, "medical_paid": 1444,
    "medical_self_paid": 156, "medical_actual_ratio": 1444 / 1600, "medical_policy_ratio": 1444 / 1455, "self_paid_share": 156 / 1600,
    "medical_visits_in_county": 3, "in_county_visit_share": 3 / 4, "medical_patients": 2, "medical_patients_within_limit": 1,
    "self_paid_within_10pct_share": 1 / 2,
    # three students, four payments: one student has two programs
    "students": 8, "education_eligible": 4, "education_aided_students": 3, "education_aid_times": 4, "education_aid_amount": 3110,
    "education_coverage": 3 / 4, "education_amount_per_time": 3110 / 4, "vocational_aid_per_student": 1500,
    "standard_kept_times": 3, "aid_standard_kept_share": 3 / 4,
    "fund_planned": 120000, "fund_issued": 100000, "fund_allocated": 80000, "fund_disbursed": 50000, "fund_paid": 35000,
    "fund_reimbursed": 20000, "fund_allocation_rate": 0.8, "fund_disbursement_rate": 0.5, "fund_expenditure_rate": 0.35,
    "fund_reimbursement_rate": 0.2, "poverty_fund_amount": 100000,
    # P1 stands on two lines and is one project
    "planned_projects": 3, "started_projects": 2, "completed_projects": 1, "project_start_rate": 2 / 3, "project_completion_rate": 1 / 3,
    "found_issues": 4, "closed_issues": 2, "open_issues": 2, "overdue_issues": 2, "rectification_rate": 2 / 4,
    "rectification_overdue_share": 2 / 4,
    "low_income_persons": 8, "low_income_registered_persons": 6, "low_income_registered_overlap": 6 / 8, "labour_persons": 10,
    "employed_persons": 7, "employment_rate": 7 / 10, "family_doctor_signed": 12, "family_doctor_served": 11, "edge_households": 3,
    "project_pool": 3, "household_projects": 4,
    # nine forms owed, one of them not (rectification_rate is no form); see the lists below
    "forms_owed": 9, "forms_sent": 9, "forms_on_time": 8, "submission_complete_share": 1, "submission_on_time_share": 8 / 9,
    # every identity holds, every checked figure agrees: the counts follow from the forms and are not worked by hand
    "identity_pass_share": 1, "reported_agreement_share": 1,
}  # fmt: skip
NOT_BY_HAND = {"checks_made", "checks_passed", "figures_checked", "figures_agreeing"}


@pytest.fixture(scope="module")
def figures(tmp_path_factory) -> dict[str, tuple]:
    county = new_county(tmp_path_factory.mktemp("worked") / "county", {"例乡": "900101201"}, ("例乡2020年3月.xlsx", xlsx(SHEETS)))
    owed = {"exit_summary": "2020-04-09"}  # a day before it came
    flows = {"register_change", "medical_claim", "medical_summary"}
    lines = [f"{form},2020-01-01,2020-03-31,{owed.get(form, '2020-04-10')}" for form in FORMS]
    assert flows <= set(FORMS)
    (county / "seeds/reference/submission_due.csv").write_text("\n".join(["form,period_start,period_end,due_on", *lines]) + "\n", "utf-8")
    (county / "seeds/reference/received.csv").write_text("source_file,received_on\n例乡2020年3月.xlsx,2020-04-10\n", "utf-8")
    done = zhenshu("build", data=county)
    assert done.returncode == 0, done.stdout + done.stderr
    with duckdb.connect(str(county / "warehouse/zhenshu.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute(
            "select indicator, value, verdict from mart_town_indicator where month(period_end) = case when subject = 'education' then 7 else 3 end"
            " and (breakdown_by = 'total' or (indicator = 'vocational_aid_per_student' and breakdown = '雨露计划'))"
        ).fetchall()
        broken = warehouse.execute(
            "select identity, indicator, breakdown, left_value, right_value from mart_identity_check where not passes"
        )
        assert broken.fetchall() == []
    assert len({r[0] for r in rows}) == len(rows), "one figure an indicator"
    return {indicator: (value, verdict) for indicator, value, verdict in rows}


@pytest.mark.parametrize("indicator", WORKED)
def test_indicator(figures, indicator):
    value, verdict = figures[indicator]
    assert value == pytest.approx(WORKED[indicator], abs=1e-12)
    assert verdict in ("agrees", "not reported"), verdict


def test_every_indicator_of_the_registry_is_worked():
    codes = {row["code"] for row in csv.DictReader((PROJECT / "seeds/reference/indicator.csv").open(encoding="utf-8"))}
    assert codes - NOT_BY_HAND == set(WORKED)
