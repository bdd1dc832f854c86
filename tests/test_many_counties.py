"""A warehouse of many counties is published county by county: nothing of another county on a page, no site of a thousand townships."""

import shutil

import pytest

from zhenshu import publish as publishing
from zhenshu.publish import Edition, ManyCounties, PublishError, counties, publish

pytestmark = pytest.mark.slow


@pytest.fixture
def three(built, tmp_path):
    """Three reporting units, each of a county of its own."""
    county = tmp_path / "county"
    shutil.copytree(built, county)
    assert counties(county) == {"900101": 1, "900102": 1, "900103": 1}
    return county


def test_one_county_has_its_own_pages_and_nothing_of_the_others(three):
    before = (three / "site/index.html").read_bytes()
    site = publish(three, edition=Edition(county="900102"))
    assert site == three.resolve() / "site/900102"
    written = "".join(p.read_text(encoding="utf-8") for p in site.rglob("*") if p.suffix in (".html", ".js") and "plotly" not in p.name)
    assert "乙镇" in written and "甲乡" not in written and "丙区" not in written
    assert (site / "town_900102001.html").exists() or list(site.glob("town_900102*.html"))
    assert (three / "site/index.html").read_bytes() == before


def test_too_many_townships_for_one_site_are_refused_before_anything_is_read(three, monkeypatch):
    monkeypatch.setattr(publishing, "MOST_TOWNS", 2)
    before = (three / "site/index.html").read_bytes()
    with pytest.raises(ManyCounties, match="--county"):
        publish(three)
    assert (three / "site/index.html").read_bytes() == before
    monkeypatch.setattr(publishing, "MOST_TOWNS", 3)
    assert publish(three) == three.resolve() / "site"


def test_a_county_that_is_not_there_is_named(three):
    with pytest.raises(PublishError, match="900109"):
        publish(three, edition=Edition(county="900109"))
