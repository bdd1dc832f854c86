"""Pictures of four pages for the README: `python docs/screenshots.py COUNTY` on a county that is published; needs Chromium."""

import shutil
import subprocess
import sys
from pathlib import Path

OUT = Path(__file__).parent / "screenshots"


def main(county: Path) -> None:
    site = (county / "site").resolve()
    town = sorted(site.glob("town_*.html"))[0].stem.removeprefix("town_")
    periods = sorted(p.stem.removeprefix(f"e_{town}_") for p in site.glob(f"data/e_{town}_2020-01-01_*.js"))
    pages = {
        "county_overview": "county_overview.html",
        "comparison": "comparison.html#in_county_visit_share",
        "town": f"town_{town}.html",
        "evidence": f"evidence_{town}.html#{periods[-1]}/medical_actual_ratio",
    }
    OUT.mkdir(exist_ok=True)
    for name, page in pages.items():
        command = [shutil.which("chromium") or "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--virtual-time-budget=8000", "--window-size=1240,860", f"--screenshot={OUT / name}.png", f"{site.as_uri()}/{page}"]
        subprocess.run(command, check=True, capture_output=True)
        print(f"{name}.png {(OUT / f'{name}.png').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
