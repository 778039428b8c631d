"""``tiercel backfill`` as a user runs it: real processes on one data folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from schedule_flows import flow, schedule

pytestmark = pytest.mark.timeout(300)  # each command starts servers, and stops them

YEAR = ("--start", "2019-01-01", "--end", "2019-12-31")
KEY = ("n", "monthly", "t")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("backfill")
    file = folder / "flow.yaml"
    file.write_text(flow("monthly", schedule("0 9 1 * *")))
    assert tiercel("run", file, "--data-dir", folder / "data").returncode == 0
    return folder / "data"


def tiercel(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from tiercel.main import run; run()", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_dry_run_lists_dates(data_dir):
    done = tiercel("backfill", "create", *KEY, *YEAR, "--dry-run", "--data-dir", data_dir)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "2019-01-01T09:00:00Z"
    assert len(done.stdout.split()) == 12


def test_a_backfill_runs_to_its_end_and_shows_progress(data_dir):
    label = ("--label", "backfill=true")
    done = tiercel("backfill", "create", *KEY, *YEAR, *label, "--data-dir", data_dir)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split()[-4:] == ["12", "of", "12", "over"]
    told = tiercel("backfill", "progress", *KEY, "--data-dir", data_dir)
    assert "100%" in told.stdout
    whole = tiercel("backfill", "progress", *KEY, "-o", "json", "--data-dir", data_dir)
    [item] = json.loads(whole.stdout)
    assert (item["state"], item["total"], item["succeeded"]) == ("over", 12, 12)
    left = tiercel("backfill", "create", *KEY, *YEAR, "--only", "missing", "--data-dir", data_dir)
    assert "0 of 0" in left.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cancel", *KEY), "No backfill found"),
        (("create", *KEY, "--start", "soon"), "'soon' is no date"),
        (("create", "n", "monthly", "nope", *YEAR), "has no trigger nope"),
    ],
)
def test_what_can_not_be_done_is_said_on_standard_error(data_dir, arguments, message):
    done = tiercel("backfill", *arguments, "--data-dir", data_dir)
    assert done.returncode == 1
    assert message in done.stderr


def test_a_choice_that_there_is_not_is_wrong_use(data_dir):
    done = tiercel("backfill", "create", *KEY, *YEAR, "--only", "some", "--data-dir", data_dir)
    assert done.returncode == 2
    assert "missing-or-failed" in done.stderr
