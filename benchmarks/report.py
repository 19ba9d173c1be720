"""The diagnostic report with six photos against bare WeasyPrint: benchmarks/report.py [--rounds 30]

In one run and in turn: our report, from its facts to the finished PDF/A and PDF/UA file with its attachment,
as a web request draws it; and WeasyPrint alone, in this process, on the very same page, pictures, fonts and
style sheet, with nothing asked of it but a PDF. Prints medians and quartiles of the time, the ratio, the
bytes of the file and the peak memory of the process that draws. The exit status is 1 when ours takes more
than 1.5 times as long, weighs more than 600 KB, or the process needed more than 250 MB.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from PIL import Image, ImageFilter
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from config import load_config
from repairshop.app import create_app
from repairshop.media import service as media
from repairshop.reports import documents, renderer
from repairshop.reports.pdf import STYLES, OnlyFonts, OnlyOurs, list_faces
from repairshop.reports.report_rules import ReportData
from repairshop.reports.wire import DrawRequest
from repairshop.transaction import transaction
from tests.databases import migrate
from tests.reports import samples

MOST_OF_BARE = 1.5
MOST_BYTES = 600_000
MOST_MEGABYTES = 250
PHOTOS = 6
_WARM_UP = 3


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--rounds", type=int, default=30)
    given = options.parse_args(arguments)
    os.environ["FONTCONFIG_FILE"] = str(renderer._FONTS)  # as the press has it
    with tempfile.TemporaryDirectory(prefix="repairshop-report-") as folder:
        app = create_app(load_config({"REPAIRSHOP_DATA": folder, "LOG_LEVEL": "error"}))
        migrate(app.extensions["repairshop_config"].migration_url)
        with app.app_context():
            return measure(samples.with_photos(take_photos()), rounds=given.rounds)


def take_photos() -> list[int]:
    """Six pictures of twelve megapixels, full of detail, through the shop's own intake."""
    ids = []
    for number in range(PHOTOS):
        grain = Image.effect_noise((1000, 750), 60 + number).filter(ImageFilter.GaussianBlur(1.2))
        buffer = BytesIO()
        colours = (grain, grain.rotate(180), grain.transpose(Image.Transpose.FLIP_TOP_BOTTOM))
        Image.merge("RGB", colours).resize((4000, 3000)).save(buffer, "JPEG", quality=88)
        received = media.receive_photo(buffer.getvalue())
        with transaction():
            ids.append(int(media.store_picture(received)))
    return ids


def measure(report: ReportData, *, rounds: int) -> int:
    request = the_request(report)
    draw_bare = bare(request)
    moments = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number) for number in range(10_000))

    def draw_ours() -> bytes:  # another moment each time: nothing comes from the store
        return documents.report_pdf(report, at=next(moments), check_address=samples.CHECK).pdf

    ours, theirs = [], []
    for number in range(_WARM_UP + rounds):
        first, second = timed(draw_ours), timed(draw_bare)
        if number >= _WARM_UP:
            ours.append(first)
            theirs.append(second)
    size, peak = len(draw_ours()), peak_megabytes()
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"bare WeasyPrint   {spread(theirs)}")
    print(f"our report        {spread(ours)}")
    print(f"ratio             {ratio:.2f} (at most {MOST_OF_BARE})")
    print(f"file              {size / 1000:.0f} KB (at most {MOST_BYTES / 1000:.0f})")
    print(f"bare file         {len(draw_bare()) / 1000:.0f} KB")
    print(f"drawing process   {peak:.0f} MB at its peak (at most {MOST_MEGABYTES})")
    return 0 if ratio <= MOST_OF_BARE and size <= MOST_BYTES and peak <= MOST_MEGABYTES else 1


def the_request(report: ReportData) -> DrawRequest:
    """What the press is asked for, caught on its way."""
    asked = []
    real = documents.render_pdf
    documents.render_pdf = lambda request: asked.append(request) or real(request)  # type: ignore[func-returns-value]
    try:
        documents.report_pdf(report, at=samples.LATER, check_address=samples.CHECK)
    finally:
        documents.render_pdf = real
    found: DrawRequest = asked[0]
    return found


def bare(request: DrawRequest) -> Callable[[], bytes]:
    fonts, faces = FontConfiguration(), list_faces()
    rules = "".join(face.rule(number) for number, face in enumerate(faces))
    styles = CSS(
        string=rules + STYLES.read_text(), font_config=fonts, url_fetcher=OnlyFonts(faces), base_url="font:"
    )

    def draw() -> bytes:
        page = HTML(string=request.html, url_fetcher=OnlyOurs(request.images), base_url="image:")
        pdf: bytes = page.write_pdf(stylesheets=[styles], font_config=fonts)
        return pdf

    return draw


def timed(act: Callable[[], bytes]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def spread(times: list[float]) -> str:
    low, middle, high = statistics.quantiles(times, n=4)
    return f"{middle:7.1f} ms (quartiles {low:.1f} to {high:.1f})"


def peak_megabytes() -> float:
    """Of the process that drew, as the kernel counts it."""
    process = renderer._renderers[os.getpid()]._process
    if process is None:
        raise RuntimeError("nothing was drawn")
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
