"""How long a plan of 10,000 rows takes to become a proposal, beside openpyxl merely walking its cells."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from openpyxl import Workbook, load_workbook

from tasks.read_plan.plan import read_plan

ROWS = 10_000
ROUNDS = 5
#: Reading with headings, owners, times and problems may cost three times a bare walk over the cells.
BOUND = 3.0
_HEADINGS = ("序号", "类别", "工作内容", "责任人", "牵头科室", "配合部门", "完成时限", "完成标志", "备注")
_TIMES = (
    *("每季度不少于1次", "每月28日前", "全年", "年初", "适时", "3-4月", "4月~6月/9月~11月", "“七一”前夕"),
    *(f"{month}月{day}日前" for month in range(1, 13) for day in range(1, 29)),
)
_LEADS = ("机关党委", "机关党委、办公室牵头，各支部配合", "各科室按职责分工负责", "办公室")


def write_plan(path: Path, rows: int = ROWS) -> None:
    """A plan in which every title differs and times and owners repeat as they do in real ones."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("工作清单")
    sheet.append(["2026年机关党建工作清单"])
    sheet.append(_HEADINGS)
    for number in range(rows):
        sheet.append(
            (
                number + 1,
                f"{'一二三四五六七八'[number % 8]}、第{number % 8 + 1}类工作",
                f"{'★' if number % 7 == 0 else ''}开展第{number + 1}项党建工作，形成台账并归档",
                "林晓东",
                _LEADS[number % len(_LEADS)],
                "各党支部、工会",
                _TIMES[number % len(_TIMES)],
                "记录齐全",
                f"第{number + 1}项",
            )
        )
    book.save(path)


def measure(rounds: int = ROUNDS) -> tuple[float, float]:
    """Median seconds of ours and of the baseline, measured in turn on the same file."""
    ours, baseline = [], []
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan.xlsx"
        write_plan(path)
        for _ in range(rounds):
            baseline.append(_walk(path))
            ours.append(_read(path))
    return median(ours), median(baseline)


def _read(path: Path) -> float:
    started = perf_counter()
    proposal = read_plan(path, year=2026)
    seconds = perf_counter() - started
    assert len(proposal.items) == ROWS
    return seconds


def _walk(path: Path) -> float:
    """The least anybody must do with openpyxl, in its fast streaming mode."""
    started = perf_counter()
    book = load_workbook(path, read_only=True, data_only=True)
    cells = sum(1 for sheet in book.worksheets for row in sheet.iter_rows() for cell in row if cell.value)
    book.close()
    seconds = perf_counter() - started
    assert cells > 8 * ROWS
    return seconds


if __name__ == "__main__":
    seconds, walked = measure()
    print(f"read_plan {seconds:.2f} s, openpyxl {walked:.2f} s, ratio {seconds / walked:.2f} (bound {BOUND})")
