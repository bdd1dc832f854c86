"""What the notebooks are written in: `county = pages.load()`, then one call for each part of a page."""

from . import comparison, evidence, method, overview, quality
from . import town_page as town
from .county import County, load
from .town_page import this_town

__all__ = ["County", "comparison", "evidence", "load", "method", "overview", "quality", "this_town", "town"]
