"""Charts as files."""

import xml.etree.ElementTree as ET

import pytest

from report_run import write_run
from upshot.report import drawing
from upshot.report.chart_files import file_svg, light_colours, write_charts
from upshot.report.charts import interval_charts
from upshot.report.facts import read_facts

pytestmark = pytest.mark.skipif(not drawing.available(), reason=f"needs the report extra: {drawing.INSTALL}")
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def charts(tmp_path_factory):
    return interval_charts(read_facts(write_run(tmp_path_factory.mktemp("run"))))[:2]


def test_a_file_stands_alone_with_title_text_and_real_colours(charts):
    text = file_svg(charts[0])
    root = ET.fromstring(text)
    assert root.findtext(f"{SVG}title") == charts[0].text
    assert root.findtext(f"{SVG}text") == "ROUGE-1"
    assert float(root.get("width")) > 200
    assert "var(" not in text
    assert light_colours()["arm-1"] in text


def test_every_chart_is_an_svg_and_a_png_of_twice_its_size(tmp_path, charts):
    paths = write_charts(tmp_path / "charts", charts)
    assert [path.name for path in paths] == [
        "intervals-rouge1.svg",
        "intervals-rouge1.png",
        "intervals-rouge2.svg",
        "intervals-rouge2.png",
    ]
    head = paths[1].read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    width = float(ET.fromstring(paths[0].read_text(encoding="utf-8")).get("width"))
    assert int.from_bytes(head[16:20], "big") == pytest.approx(2 * width, abs=2)


def test_an_unchanged_chart_is_left_alone_and_a_lost_picture_comes_back(tmp_path, charts):
    svg, png, *_ = write_charts(tmp_path, charts)
    before = (svg.stat().st_mtime_ns, png.stat().st_mtime_ns)
    write_charts(tmp_path, charts)
    assert (svg.stat().st_mtime_ns, png.stat().st_mtime_ns) == before
    png.unlink()
    write_charts(tmp_path, charts)
    assert png.exists()


def test_charts_that_the_run_no_longer_has_go_and_other_files_stay(tmp_path, charts):
    write_charts(tmp_path, charts)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    write_charts(tmp_path, charts[:1])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "intervals-rouge1.png",
        "intervals-rouge1.svg",
        "notes.txt",
    ]
