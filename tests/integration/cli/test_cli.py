"""Commands as a user runs them: real processes, their output and their exit codes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tiercel.embedded import EmbeddedServers

TIERCEL = Path(sys.executable).with_name("tiercel")
EXAMPLES = Path(__file__).parents[3] / "examples"

GREET = """id: greet
namespace: tests.cli
inputs:
  - {id: name, type: STRING, defaults: world}
  - {id: data, type: FILE, required: false}
tasks:
  - {id: hello, type: io.kestra.plugin.core.debug.Return, format: "Hello, {{ inputs.name }}!"}
  - {id: say, type: io.kestra.plugin.core.log.Log, message: "said {{ outputs.hello.value }}"}
"""


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder whose servers run already, so that commands only attach to them."""
    folder = tmp_path_factory.mktemp("cli") / "data"
    servers = EmbeddedServers(folder, postgres_port=0)
    servers.start_blocking()
    yield folder
    servers.stop_blocking()


def tiercel(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TIERCEL, *map(str, arguments)], capture_output=True, text=True, timeout=60, **options
    )


def write(folder: Path, source: str) -> Path:
    file = folder / "flow.yaml"
    file.write_text(source)
    return file


def test_a_flow_file_runs_without_a_server(tmp_path, data_dir):
    file = write(tmp_path, GREET)
    done = tiercel("run", file, "--input", "name=Ada", "--data-dir", data_dir)
    assert done.returncode == 0, done.stderr
    assert "said Hello, Ada!" in done.stdout
    assert "tests.cli.greet  SUCCESS" in done.stdout
    assert "hello: {'value': 'Hello, Ada!'}" in done.stdout


def test_a_file_input_is_given_by_path_and_kept(tmp_path, data_dir):
    file = write(
        tmp_path,
        GREET.replace("{{ outputs.hello.value }}", "{{ read(inputs.data) }}"),
    )
    given = tmp_path / "trips.csv"
    given.write_text("a,b")
    done = tiercel("run", file, "--input", f"data=@{given}", "--data-dir", data_dir)
    assert done.returncode == 0, done.stderr
    assert "said a,b" in done.stdout
    assert given.read_text() == "a,b"


def test_a_failed_execution_is_exit_code_1(tmp_path, data_dir):
    file = write(
        tmp_path,
        """id: fails
namespace: tests.cli
tasks:
  - id: boom
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {type: io.kestra.plugin.core.runner.Process}
    commands: ["echo before; echo no space left >&2; exit 7"]
""",
    )
    done = tiercel("run", file, "--data-dir", data_dir)
    assert done.returncode == 1
    assert "before" in done.stdout
    assert "Command failed with exit code 7: no space left" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_an_invalid_flow_is_refused_with_every_place(tmp_path, data_dir):
    file = write(
        tmp_path,
        "id: bad flow\nnamespace: tests.cli\n"
        "tasks:\n  - id: a\n    type: core.log.Logg\n    x: 1\n",
    )
    done = tiercel("run", file, "--data-dir", data_dir)
    assert done.returncode == 1
    assert f"{file}:1:5: id:" in done.stderr
    assert f"{file}:5:11: tasks[0].type:" in done.stderr
    assert "io.kestra.plugin.core.log.Log" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "nobody=1"], "The flow has no input `nobody`"),
        (["--input", "name"], "--input name is not key=value"),
        (["--input", "data=@/no/such/file"], "/no/such/file can't be read"),
        (["--label", "system.x=1"], "System labels"),
    ],
)
def test_wrong_arguments_are_one_clear_line(tmp_path, data_dir, arguments, message):
    done = tiercel("run", write(tmp_path, GREET), *arguments, "--data-dir", data_dir)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_file_is_one_clear_line(data_dir):
    done = tiercel("run", "/no/such/flow.yaml", "--data-dir", data_dir)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "/no/such/flow.yaml can't be read: No such file or directory" in done.stderr


def test_wrong_usage_is_exit_code_2():
    done = tiercel("run", "--nonsense")
    assert done.returncode == 2
    assert "--nonsense" in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_the_examples_are_valid():
    done = tiercel("flow", "validate", EXAMPLES)
    assert done.returncode == 0, done.stderr
    assert "✓ - company.team / postgres_taxi" in done.stdout


def test_validate_names_the_bad_file_and_goes_on(tmp_path):
    (tmp_path / "a.yaml").write_text("id: a\n")
    (tmp_path / "b.yml").write_text(GREET)
    done = tiercel("flow", "validate", tmp_path)
    assert done.returncode == 1
    assert f"✘ - {tmp_path}/a.yaml" in done.stderr
    assert "✓ - tests.cli / greet" in done.stdout


def test_version_and_help_need_no_servers():
    assert tiercel("--version").stdout.strip().count(".") == 2
    shown = tiercel("--help").stdout
    assert all(word in shown for word in ("run", "server", "flow", "demo"))


def test_listening_beyond_loopback_is_refused(data_dir):
    done = tiercel("server", "local", "--host", "0.0.0.0", "--data-dir", data_dir)  # noqa: S104
    assert done.returncode == 1
    assert "Refusing to listen on 0.0.0.0" in done.stderr


def test_ctrl_c_kills_the_execution_and_its_processes(tmp_path, data_dir):
    file = write(
        tmp_path,
        f"""id: long
namespace: tests.cli
tasks:
  - id: wait
    type: io.kestra.plugin.scripts.shell.Commands
    taskRunner: {{type: io.kestra.plugin.core.runner.Process}}
    commands: ["echo $$ > {tmp_path}/pid; echo started; sleep 600"]
""",
    )
    with subprocess.Popen(
        [TIERCEL, "run", file, "--data-dir", data_dir],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.endswith("started\n"):
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
