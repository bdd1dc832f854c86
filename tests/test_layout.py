"""Layouts that townships use: each is read to exact values at exact cells, or refused with the cell named."""

import pytest
from intake_county import loaded, problems

from zhenshu.contract import forms

TITLE = ["甲乡2020年报表"]
FUND = ["级次", "下达金额（万元）", "分配资金（万元）"]
DETAIL = [["中央", 838, 662], ["省级", 801, 237]]
LOADED = [("中央", "8380000.00", "6620000.00", "detail"), ("省级", "8010000.00", "2370000.00", "detail")]


def fund(result) -> list[tuple]:
    return loaded(result.rows["fund_summary"], "fund_level", "issued", "allocated", "row_kind")


def cells(result) -> dict[str, str]:
    return {f["cell"]: f["value"] for f in result.figures}


@pytest.mark.parametrize(
    "rows",
    [
        [TITLE, FUND, *DETAIL],
        [[], [], TITLE, [], FUND, [], DETAIL[0], [], [], DETAIL[1], []],
        [["", "", "", *TITLE], ["", "", "", *FUND], ["", "", "", *DETAIL[0]], ["", "", "", *DETAIL[1]]],
        [TITLE, ["序号", FUND[0], "", *FUND[1:], "备注"], [1, "中央", "", 838, 662, "无"], [2, "省级", "", 801, 237, "说明：见附件"]],
        [
            TITLE,
            ["填报单位：甲乡", "", "2020年10月31日"],
            FUND,
            *DETAIL,
            ["注：不含债券资金。"],
            ["填表人：张三", "", "联系电话：13912345678"],
        ],
        [TITLE, ["资金 级次", "下 达\n金额(万元)", "分配资金\n（万元）*"], *DETAIL],
        [TITLE, FUND, ["一、本级", "", ""], DETAIL[0], ["（二）上级", "", ""], DETAIL[1]],
        [TITLE, FUND, DETAIL[0], FUND, DETAIL[1]],
        [TITLE, FUND, DETAIL[0], [], FUND, DETAIL[1]],
        [TITLE, FUND, ["甲", 1, 2], *DETAIL],
        [TITLE, ["单位：户、人、万元"], ["级次", "下达金额", "分配资金"], *DETAIL],
        [["甲乡2020年报表（单位：万元）"], ["级次", "下达金额", "分配资金"], *DETAIL],
        [[*TITLE, "单位：", "万元"], ["级次", "下达金额", "分配资金"], *DETAIL],
        [["填报单位：甲乡 统计时间：2020年 单位：人 万元"], ["级次", "下达金额", "分配资金"], *DETAIL],
        [TITLE, ["级次", "下达金额", "分配资金"], ["", "万元", "（万元）"], *DETAIL],
        [TITLE, ["单位：元"], FUND, *DETAIL],
        [TITLE, ["级次", "下达金额【万元】", "分配资金[万元]"], *DETAIL],
    ],
)
def test_one_table_in_many_layouts(county, rows):
    county.put_sheet(rows, sheet="资金拨付进度表")
    result = county.read()
    assert fund(result) == LOADED
    assert problems(result, "error", "warning") == []
    at = {(r, c): v for r, row in enumerate(rows) for c, v in enumerate(row)}
    for figure in result.figures:
        column, row = ord(figure["cell"][0]) - 65, int(figure["cell"][1:]) - 1
        assert str(at[row, column]) == figure["printed"]


def test_notes_rows_that_number_columns_and_sections_are_said_or_silent(county):
    county.put_sheet([TITLE, FUND, ["甲", 1, 2], *DETAIL, ["以上数据已核实", "", ""], ["注：1.不含债券"]], sheet="资金拨付进度表")
    assert problems(county.read()) == [("L12", "A3"), ("L06", "A6")]


@pytest.mark.parametrize("levels", [2, 3])
def test_header_rows_merged_across_and_down(county, levels):
    top = [["健康扶贫情况", "", "", "", "", ""]] if levels == 3 else []
    rows = [
        ["甲乡2020年1—10月健康扶贫汇总表"],
        ["单位：人次、万元"],
        *top,
        ["就诊类型", "就诊人次", "医疗费用", "补偿金额", "", "报销比例"],
        ["", "", "总费用", "基本医保", "大病保险", ""],
        ["住院", "1,445", 1094.52, 580.25, 96.34, "92.13%"],
    ]
    head = len(top) + 3
    merges = [f"A{head}:A{head + 1}", f"B{head}:B{head + 1}", f"D{head}:E{head}", f"F{head}:F{head + 1}", "A1:F1", "A2:F2"]
    county.put_sheet(rows, (*merges, *(["A3:F3"] if top else [])))
    result = county.read()
    assert problems(result) == []
    columns = ("visit_type", "visits", "total_cost", "basic_insurance", "serious_illness", "reported_ratio", "period_end")
    assert loaded(result.rows["medical_summary"], *columns) == [
        ("住院", "1445", "10945200.00", "5802500.00", "963400.00", "0.92130000", "2020-10-31")
    ]
    row = head + 2
    assert cells(result) == {
        f"B{row}": "1445",
        f"C{row}": "10945200.00",
        f"D{row}": "5802500.00",
        f"E{row}": "963400.00",
        f"F{row}": "0.92130000",
    }


def test_groups_that_are_not_merged(county):
    county.put("甲乡.csv", "甲乡2020年脱贫情况汇总表,,,\n年度,脱贫情况,,备注\n,户数,人数,\n2019,617,1686,\n")
    result = county.read()
    assert loaded(result.rows["exit_summary"], "exit_year", "exited_households", "exited_persons") == [("2019", "617", "1686")]
    assert problems(result) == []


def test_the_unit_of_a_group_counts_for_its_leaves(county):
    rows = [
        ["甲乡2020年健康扶贫汇总表"],
        ["类型", "", ""],
        ["就诊类型", "补偿金额（万元）", ""],
        ["", "基本医保", "大病保险"],
        ["住院", 1.5, 2],
    ]
    county.put_sheet([rows[0], *rows[2:]], ("A2:A3", "B2:C2"))
    assert loaded(county.read().rows["medical_summary"], "basic_insurance", "serious_illness") == [("15000.00", "20000.00")]


def test_a_group_that_changes_the_meaning_is_not_overlooked(county):
    rows = [["甲乡2020年健康扶贫汇总表"], ["就诊类型", "上年同期", ""], ["", "总费用", "个人自付"], ["住院", 1.5, 2]]
    county.put_sheet(rows, ("A2:A3", "B2:C2"))
    result = county.read()
    assert problems(result) == [("L02", "B3")]
    assert "上年同期/总费用" in result.problems[0].message
    county.put("甲乡.xlsx", b"x")
    county.put("甲乡.csv", "甲乡2020年健康扶贫汇总表,,\n就诊类型,上年同期,\n,总费用,个人自付\n住院,1.5,2\n")
    assert ("L02", "B3") in problems(county.read())


EXIT = ["年度", "脱贫户数", "脱贫人数"]


def test_tables_stacked_with_titles_of_their_own(county):
    rows = [
        ["甲乡2020年资金拨付进度表"],
        ["单位：万元"],
        ["级次", "下达金额"],
        ["中央", 838],
        ["合计", 838],
        ["注：不含债券"],
        [],
        ["甲乡脱贫情况汇总表（截至2019年底）"],
        EXIT,
        [2019, 617, 1686],
        ["合计", 617, 1686],
        ["甲乡2020年1-9月资金拨付进度表"],
        ["单位：元"],
        ["级次", "下达金额"],
        ["中央", 5],
    ]
    county.put_sheet(rows, sheet="报表")
    result = county.read()
    assert problems(result) == []
    assert loaded(result.rows["fund_summary"], "row_kind", "issued", "period_end", "source_row") == [
        ("detail", "8380000.00", "2020-12-31", 4),
        ("total", "8380000.00", "2020-12-31", 5),
        ("detail", "5.00", "2020-09-30", 15),
    ]
    assert loaded(result.rows["exit_summary"], "row_kind", "exited_persons", "period_end") == [
        ("detail", "1686", "2019-12-31"),
        ("total", "1686", "2019-12-31"),
    ]


def test_a_table_below_takes_town_period_and_unit_from_the_first_where_its_own_title_is_silent(county):
    rows = [["甲乡2020年  单位：万元"], ["级次", "下达金额"], ["中央", 1], [], ["二、健康扶贫"], ["就诊类型", "总费用"], ["住院", 2]]
    county.put_sheet(rows, sheet="报表", name="报表.xlsx")
    result = county.read()
    assert problems(result) == []
    assert loaded(result.rows["medical_summary"], "town_code", "total_cost", "period_end") == [("900101201", "20000.00", "2020-12-31")]


@pytest.mark.parametrize("gap", [0, 1])
def test_tables_side_by_side(county, gap):
    blank = [""] * gap
    rows = [
        ["甲乡2020年报表"],
        [*EXIT, *blank, "级次", "下达金额（元）"],
        [2018, 271, 1047, *blank, "中央", 838],
        [2019, 617, 1686, *blank, "省级", 801],
        ["合计", 888, 2733, *blank, "", ""],
        ["", "", "", *blank, "合计", 1639],
    ]
    county.put_sheet(rows)
    result = county.read()
    assert problems(result) == []
    assert loaded(result.rows["exit_summary"], "exit_year", "exited_persons", "row_kind", "source_column") == [
        ("2018", "1047", "detail", "A"),
        ("2019", "1686", "detail", "A"),
        (None, "2733", "total", "A"),
    ]
    left = "DE"[gap]
    assert loaded(result.rows["fund_summary"], "fund_level", "issued", "row_kind", "source_column", "source_row") == [
        ("中央", "838.00", "detail", left, 3),
        ("省级", "801.00", "detail", left, 4),
        ("合计", "1639.00", "total", left, 6),
    ]


def test_one_form_twice_side_by_side(county):
    rows = [["甲乡2020年脱贫情况汇总表"], [*EXIT, *EXIT], [2014, 153, 653, 2017, 215, 835], [2015, 275, 1118, 2018, 271, 1047]]
    county.put_sheet(rows)
    result = county.read()
    assert problems(result) == []
    years = loaded(result.rows["exit_summary"], "exit_year", "exited_persons", "source_column")
    assert sorted(years) == [("2014", "653", "A"), ("2015", "1118", "A"), ("2017", "835", "D"), ("2018", "1047", "D")]


SCHOOL = ["就读地", "学段", "在校学生数"]


def test_vertical_merges_fill_labels_down_and_never_figures(county):
    rows = [["甲乡2020年教育资助汇总表"], SCHOOL, ["县内", "小学", 391], ["", "初中", ""], ["县外", "小学", 94]]
    county.put_sheet(rows, ("A3:A4", "C3:C4"))
    result = county.read()
    assert loaded(result.rows["education_summary"], "school_place", "stage", "students") == [
        ("县内", "小学", "391"),
        ("县内", "初中", None),
        ("县外", "小学", "94"),
    ]
    assert list(cells(result)) == ["C3", "C5"]


def test_a_blank_label_without_a_merge_stays_unknown(county):
    county.put_sheet([["甲乡2020年教育资助汇总表"], SCHOOL, ["县内", "小学", 391], ["", "初中", 194]])
    assert loaded(county.read().rows["education_summary"], "school_place", "stage") == [("县内", "小学"), (None, "初中")]


@pytest.mark.parametrize(
    ("rows", "kinds"),
    [
        ([["县内", "小学", 5], ["合计", "", 5]], ["detail", "total"]),
        ([["合  计", "", 5], ["县内", "小学", 5]], ["total", "detail"]),
        ([["合　计", "合　计", 5], ["县内", "小学", 5], ["总计", "", 5]], ["total", "detail", "total"]),
        (
            [["县内", "小学", 5], ["县内", "小计", 5], ["县外", "小学", 1], ["县外", "小 计", 1], ["合计", "", 6]],
            ["detail", "total"] * 2 + ["total"],
        ),
        ([["县内", "小学", 5], ["合计", "", 5], ["", "中职", 2]], ["detail", "total", "of_which"]),
        ([["县内", "小学", 5], ["其中：", "初中", 2], ["县外", "小学", 1]], ["detail", "of_which", "detail"]),
        ([["县内", "小学", 5], ["县内", "其中：初中", 2]], ["detail", "of_which"]),
        ([["县内合计", "", 5], ["县内", "小学", 5]], ["total", "detail"]),
    ],
)
def test_totals_wherever_they_stand(county, rows, kinds):
    county.put_sheet([["甲乡2020年教育资助汇总表"], SCHOOL, *rows])
    result = county.read()
    assert [row["row_kind"] for row in result.rows["education_summary"]] == kinds
    assert problems(result, "error") == []


def test_a_total_said_in_the_serial_column_only(county):
    county.put_sheet([["甲乡2020年教育资助汇总表"], ["序号", *SCHOOL], [1, "县内", "小学", 5], ["合计", "", "", 5]])
    assert [row["row_kind"] for row in county.read().rows["education_summary"]] == ["detail", "total"]


def test_two_grand_totals_in_a_summary_leave_the_rows_between_in_doubt(county):
    county.put_sheet([["甲乡2020年教育资助汇总表"], SCHOOL, ["县内", "小学", 5], ["合计", "", 5], ["县外", "小学", 2], ["合计", "", 2]])
    assert problems(county.read()) == [("L11", "A6")]


CHANGES = ["行政村", "户编号", "变动类型", "人数", "变动时间"]


def test_a_ledger_goes_on_after_a_pages_total(county):
    day = "2020-03-01"
    rows = [["甲乡2020年动态调整台账"], CHANGES, ["东村", "1", "补录", 2, day], ["合计", "", "", 2, ""], ["西村", "2", "清退", 1, day]]
    county.put_sheet(rows)
    assert [row["row_kind"] for row in county.read().rows["register_change"]] == ["detail", "total", "detail"]


def test_sums_without_a_name_and_section_sums_are_no_records(county):
    rows = [["甲乡2020年动态调整台账"], CHANGES, ["一、补录", "", "", 2, ""], ["东村", "1", "补录", 2, "2020-03-01"], ["", "", "", 2, ""]]
    county.put_sheet(rows)
    result = county.read()
    assert [row["row_kind"] for row in result.rows["register_change"]] == ["total", "detail"]
    assert problems(result) == [("L14", "A3"), ("L08", "A5")]


def test_an_indicator_named_like_a_total_is_an_indicator(county):
    rows = [
        ["甲乡2020年指标上报表"],
        ["指标名称", "数值", "计量单位"],
        ["行政村总数", 9, "个"],
        ["低保金合计", 5, "万元"],
        ["合计", 1, "个"],
    ]
    county.put_sheet(rows, sheet="其他指标上报表")
    assert loaded(county.read().rows["indicator_summary"], "indicator", "value", "row_kind") == [
        ("行政村总数", "9.00000000", "detail"),
        ("低保金合计", "50000.00000000", "detail"),
        (None, "1.00000000", "total"),
    ]


@pytest.mark.parametrize(
    ("rows", "rule", "cell", "said"),
    [
        ([TITLE, ["级次", "下达金颔"], ["中央", 1]], "L02", "B2", "是否为“下达资金”"),
        ([TITLE, ["级次", "下达金额", "下达资金"], ["中央", 1, 2]], "L03", "C2", "重复"),
        ([TITLE, ["级次", "下达金额（元）", "分配资金"], ["中央", 1, 2]], "L05", "C2", "请在列名后加"),
        ([TITLE, ["级次", "下达金额（万圆元）"], ["中央", 1]], "L05", "A2", "万圆元"),
        ([TITLE, ["单位：元、万元"], ["级次", "下达金额"], ["中央", 1]], "L05", "B3", "万元和元"),
        ([TITLE, ["单位：万"], ["级次", "下达金额"], ["中央", 1]], "L05", "A3", "万"),
        ([TITLE, ["级次", "下达金额（万元）"], ["", "元"], ["中央", 1]], "L05", "B3", "改成一致"),
        ([TITLE, ["级次", "下达金额（户）"], ["中央", 1]], "L05", "B2", "应为元"),
        ([TITLE, ["项目", "数量"], ["低保", 1]], "L04", "A2", "计量单位"),
        ([TITLE, ["走访对象", "走访结果"], ["张某", "良好"]], "L01", "", "认不出"),
    ],
)
def test_sheets_refused_with_the_cell_and_the_reason(county, rows, rule, cell, said):
    names = {"L04": "其他指标上报表", "L01": "走访记录"}
    county.put_sheet(rows, sheet=names.get(rule, "资金拨付进度表"))
    result = county.read()
    assert problems(result) == [(rule, cell)]
    assert said in result.problems[0].message
    assert sum(map(len, result.rows.values())) == 0


def test_a_sheet_name_alone_says_which_headings_are_expected(county):
    county.put_sheet([["无"], ["x"]], sheet="健康扶贫汇总表")
    result = county.read()
    assert problems(result) == [("L01", "")] and "就诊类型" in result.problems[0].message
    county.put_sheet([["本表由各村填写"]], sheet="填表说明")
    assert problems(county.read()) == []


def test_headings_decide_against_a_wrong_sheet_name(county):
    county.put_sheet([TITLE, ["学段", "在校学生数"], ["小学", 5]], sheet="资金拨付进度表")
    assert loaded(county.read().rows["education_summary"], "stage", "students") == [("小学", "5")]


def test_serial_number_is_a_problem_number_only_where_there_is_no_other(county):
    rows = [["甲乡2020年问题清单"], ["序号", "问题来源", "整改状态"], [1, "巡察", "已整改"]]
    county.put_sheet(rows)
    assert loaded(county.read().rows["rectification"], "issue_no") == [("1",)]
    county.put_sheet([rows[0], ["序号", "问题编号", "问题来源", "整改状态"], [1, "A-7", "巡察", "已整改"]])
    assert loaded(county.read().rows["rectification"], "issue_no") == [("A-7",)]


def test_cells_under_no_heading_are_named(county):
    county.put_sheet([TITLE, [*FUND, "", ""], [*DETAIL[0], 99, "待核"], [*DETAIL[1], 98, ""]], sheet="资金拨付进度表")
    result = county.read()
    assert [(p.rule_id, p.cell, p.severity) for p in result.problems] == [("L09", "D3", "error"), ("L09", "E3", "notice")]
    assert "共 2 格" in result.problems[0].message
    assert fund(result) == LOADED


def test_a_header_without_rows_is_said(county):
    county.put_sheet([TITLE, FUND], sheet="资金拨付进度表")
    assert problems(county.read()) == [("L07", "A2")]


def test_columns_of_phones_and_cards_are_dropped_and_said(county):
    rows = [
        ["甲乡2020年动态调整台账"],
        [*CHANGES, "联系电话", "银行卡号"],
        ["东村", "1", "补录", 2, "2020-03-01", "13912345678", "6222021234567890123"],
    ]
    county.put_sheet(rows)
    result = county.read()
    assert problems(result) == [("L13", "F2"), ("L13", "G2")]
    assert "139" not in str(result.rows) + str(result.problems) and "6222" not in str(result.rows) + str(result.problems)


def test_rows_of_many_towns(county):
    rows = [
        ["甲县2020年资金拨付进度表"],
        ["乡镇", *FUND],
        ["甲乡", *DETAIL[0]],
        ["", *DETAIL[1]],
        ["乙镇", "中央", 5, 4],
        ["丁镇", "中央", 3, 2],
        ["合计", "", 9, 8],
    ]
    county.put_sheet(rows, ("A3:A4",), name="全县2020年.xlsx")
    result = county.read()
    assert loaded(result.rows["fund_summary"], "town_code", "issued") == [
        ("900101201", "8380000.00"),
        ("900101201", "8010000.00"),
        ("900102101", "50000.00"),
    ]
    assert [(p.rule_id, p.cell, p.severity) for p in result.problems] == [("T01", "A6", "error"), ("T03", "A7", "notice")]
    assert {f["cell"] for f in result.figures} == {"C3", "D3", "C4", "D4", "C5", "D5"}


def test_no_heading_is_left_out_by_the_sieve_of_words():
    assert not any(heading.rsplit("/", 1)[-1].isascii() for form in forms().values() for heading in form.headings)
