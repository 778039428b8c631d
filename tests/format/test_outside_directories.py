"""WorkingDirectory from outside: files, cache, errors, loops, what its tasks see."""

from __future__ import annotations

import pytest
from api_kit import NAMESPACE, Api, history, run_of, runs, seen, state
from format_kit import each, fail, log, ret, retry, task

pytestmark = pytest.mark.asyncio(loop_scope="session")


def directory(*tasks, task_id="w", **more):
    return task("flow.WorkingDirectory", task_id, tasks=list(tasks), **more)


def shell(task_id, *commands, **more):
    own = {
        "commands": list(commands),
        "taskRunner": {"type": "io.kestra.plugin.core.runner.Process"},
    }
    return {"id": task_id, "type": "io.kestra.plugin.scripts.shell.Commands", **own, **more}


async def content(api: Api, execution, uri):
    path = f"/executions/{execution['id']}/file"
    return await api.call("GET", path, params={"path": uri})


async def test_files_are_shared(api: Api):
    done = await api.run(
        directory(
            shell("first", "mkdir out", "echo hello > out/a.txt"),
            shell("second", 'echo "::{\\"outputs\\":{\\"x\\":\\"$(cat out/a.txt)\\"}}::"'),
            task("storage.LocalFiles", "third", outputs=["out/**"]),
        ),
        ret("after", "{{ read(outputs.third.uris['out/a.txt']) }}"),
    )
    assert seen(done) == [
        "w SUCCESS",
        "first SUCCESS",
        "second SUCCESS",
        "third SUCCESS",
        "after SUCCESS",
    ]
    assert run_of(done, "second")["outputs"]["vars"] == {"x": "hello"}
    assert run_of(done, "after")["outputs"]["value"] == "hello\n"
    assert {run.get("parentTaskRunId") for run in runs(done)[1:4]} == {runs(done)[0]["id"]}
    assert [history(run) for run in runs(done)] == ["CRS"] * 5
    assert "attempts" not in run_of(done, "w")


async def test_a_disabled_task(api: Api):
    done = await api.run(directory(ret("a"), ret("b", disabled=True), ret("c")), ret("after"))
    assert seen(done) == ["w SUCCESS", "a SUCCESS", "c SUCCESS", "after SUCCESS"]


async def test_run_if(api: Api):
    done = await api.run(
        directory(
            ret("a", runIf="false"),
            ret("b", runIf="{{ outputs.a is defined }}"),
            ret("c", runIf="{{ nope }}"),
            ret("d"),
        )
    )
    assert seen(done) == ["w FAILED", "a SKIPPED", "b SUCCESS", "c FAILED"]
    message = "Unable to evaluate the runIf condition for task c"
    assert any(message in text for text in await api.messages(done, message))


@pytest.mark.parametrize(
    "files",
    [
        {
            "a.txt": "{{ flow.id }}",
            "d/e/b.txt": "{{ outputs.file.uri }}",
            "{{ 'na' ~ 'me' }}.txt": "rendered",
        },
        '{"a.txt": "{{ flow.id }}", "d/e/b.txt": "{{ outputs.file.uri }}", "name.txt": "rendered"}',
    ],
)
async def test_input_files(api: Api, files):
    flow = await api.save(
        [
            task("storage.Write", "file", content="stored"),
            directory(
                shell("s", "cat a.txt d/e/b.txt name.txt > all.txt"),
                inputFiles=files,
                outputFiles=["*.txt"],
            ),
            ret("r", "{{ read(outputs.w.outputFiles['all.txt']) }}"),
        ]
    )
    done = await api.wait(await api.start(flow))
    assert run_of(done, "r")["outputs"]["value"] == f"{flow['id']}storedrendered"
    assert set(run_of(done, "w")["outputs"]["outputFiles"]) == {"a.txt", "all.txt", "name.txt"}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"../x": "a"}, "must be a relative path inside the current working directory"),
        ({"a": "{{ nope }}"}, "Unable to find `nope`"),
        ({"a": "kestra:///tests/nothing.txt"}, "nothing.txt"),
    ],
)
async def test_input_files_that_can_not_be_written(api: Api, files, message):
    done = await api.run(directory(ret("a"), inputFiles=files), ret("after"), errors=[ret("e")])
    assert seen(done) == ["w FAILED", "e SUCCESS"]
    texts = await api.messages(done, "preExecuteTasks")
    assert any("Failed preExecuteTasks on WorkingDirectory" in t and message in t for t in texts)


async def test_output_files(api: Api):
    done = await api.run(
        directory(
            shell("s", "mkdir -p d/e", "echo 1 > a.csv", "echo 2 > d/b.csv", "echo 3 > d/e/c.txt"),
            outputFiles=["*.csv", "d/**"],
        )
    )
    files = run_of(done, "w")["outputs"]["outputFiles"]
    assert set(files) == {"a.csv", "d/b.csv", "d/e/c.txt"}
    assert await content(api, done, files["d/e/c.txt"]) == "3\n"
    done = await api.run(directory(ret("a"), outputFiles=["*.none"]))
    assert run_of(done, "w")["outputs"] == {}


async def test_output_files_after_a_failure(api: Api):
    done = await api.run(
        directory(shell("s", "echo 1 > a.csv"), fail("f"), ret("n"), outputFiles=["*.csv"]),
        errors=[ret("e", "{{ read(outputs.w.outputFiles['a.csv']) }}")],
    )
    assert seen(done) == ["w FAILED", "s SUCCESS", "f FAILED", "e SUCCESS"]
    assert run_of(done, "e")["outputs"]["value"] == "1\n"


async def test_namespace_files(api: Api):
    for path in ("/wd/a.txt", "/wd/b.csv"):
        await api.call(
            "POST",
            f"/namespaces/{NAMESPACE}/files",
            params={"path": path},
            files={"fileContent": ("x", path.encode())},
        )
    own = {"enabled": True, "include": ["wd/**"], "exclude": ["**.csv"]}
    shows = shell("s", "ls wd > /dev/null", "cp wd/a.txt seen.txt", "test ! -e wd/b.csv")
    done = await api.run(
        directory(shows, namespaceFiles=own, outputFiles=["seen.txt"]),
        ret("r", "{{ read(outputs.w.outputFiles['seen.txt']) }}"),
    )
    assert run_of(done, "r")["outputs"]["value"] == "/wd/a.txt"


async def test_a_cache(api: Api):
    commands = [
        "test -e kept/count || (mkdir kept && echo -n > kept/count)",
        "echo -n x >> kept/count",
    ]
    cache = {"patterns": ["kept/**"], "ttl": "PT1H"}
    flow = await api.save(
        [
            directory(shell("s", *commands), cache=cache, outputFiles=["kept/count"]),
            ret("r", "{{ read(outputs.w.outputFiles['kept/count']) }}"),
        ]
    )
    texts = []
    for _ in range(3):
        done = await api.wait(await api.start(flow))
        texts.append(run_of(done, "r")["outputs"]["value"])
    assert texts == ["x", "xx", "xxx"]


async def test_a_cache_that_is_too_old(api: Api):
    cache = {"patterns": ["kept"], "ttl": "PT0.01S"}
    own = directory(shell("s", "test ! -e kept", "sleep 0.1", "touch kept"), cache=cache)
    flow = await api.save([own])
    for _ in range(2):
        assert state(await api.wait(await api.start(flow))) == "SUCCESS"


async def test_a_failure_with_handlers(api: Api):
    own = directory(fail("f"), ret("n"), errors=[ret("le", "{{ tasks.f.state }}")])
    done = await api.run(own, ret("after"))
    assert (seen(done), state(done)) == (["w FAILED", "f FAILED", "le SUCCESS"], "FAILED")
    assert run_of(done, "le")["outputs"]["value"] == "FAILED"


@pytest.mark.parametrize(
    "around",
    [
        lambda inner: task("flow.AllowFailure", "o", tasks=[inner]),
        lambda inner: {**inner, "allowFailure": True},
    ],
)
async def test_a_failure_that_is_allowed(api: Api, around):
    done = await api.run(around(directory(ret("a"), fail("f"), ret("n"))), ret("after"))
    assert (state(done), seen(done)[-1]) == ("WARNING", "after SUCCESS")
    assert state(run_of(done, "f")) == "FAILED"


async def test_a_task_inside_that_may_fail(api: Api):
    done = await api.run(directory(ret("a"), fail("f", allowFailure=True), ret("n")))
    assert seen(done) == ["w WARNING", "a SUCCESS", "f WARNING", "n SUCCESS"]


async def test_a_retry_inside(api: Api):
    tried = fail("f", "{{ taskrun.attemptsCount < 2 }}", retry=retry(5))
    done = await api.run(directory(shell("s", "touch x"), tried, shell("t", "test -e x")))
    assert seen(done) == ["w SUCCESS", "s SUCCESS", "f SUCCESS", "t SUCCESS"]
    assert [history(item) for item in run_of(done, "f")["attempts"]] == ["CRF", "CRF", "CRS"]


async def test_inside_loops(api: Api):
    inner = directory(
        shell("a", "mkdir out", "echo {{ taskrun.value }} > out/stay.txt"),
        task("storage.LocalFiles", "second", outputs=["out/**"]),
    )
    done = await api.run(
        each("e1", ["s1"], each("e2", ["s2"], each("e3", ["s3", "s4"], inner))),
        ret("r", "{{ read(outputs.second.s1.s2.s3.uris['out/stay.txt']) }}"),
    )
    assert run_of(done, "r")["outputs"]["value"] == "s3\n"
    assert [run["value"] for run in runs(done) if run["taskId"] == "w"] == ["s3", "s4"]


async def test_what_a_task_sees(api: Api):
    shown = (
        "{{ taskrun.value }} {{ parent.taskrun.value }} "
        "{{ workerTaskrun.value }} {{ workerTaskrun.id }}"
    )
    more = "{{ outputs.a.x.y.value }} {{ task.id }} {{ inputs.i }} {{ vars.v }}"
    flow = await api.save(
        [each("o", ["x"], each("e", ["y"], directory(ret("a", shown), ret("b", more))))],
        inputs=[{"id": "i", "type": "STRING", "defaults": "in"}],
        variables={"v": "var"},
    )
    done = await api.wait(await api.start(flow))
    assert state(done) == "SUCCESS", await api.messages(done)
    expected = f"y x y {run_of(done, 'w')['id']}"
    assert run_of(done, "a")["outputs"]["value"] == expected
    assert run_of(done, "b")["outputs"]["value"] == f"{expected} b in var"


async def test_outputs_and_logs_of_its_tasks(api: Api):
    done = await api.run(
        directory(
            ret("a", "one"),
            log("l", "{{ outputs.a.value }} two"),
            ret("b", "{{ outputs.a.value }}"),
        ),
        ret("after", "{{ outputs.b.value }}"),
    )
    assert run_of(done, "after")["outputs"]["value"] == "one"
    assert "INFO one two" in await api.messages(done, "one two")


@pytest.mark.parametrize(
    ("tasks", "part"),
    [
        ([], "The 'tasks' property cannot be empty"),
        (
            [task("flow.Sequential", "s", tasks=[ret("r")])],
            "Only runnable tasks are allowed as children of a WorkingDirectory task",
        ),
        (
            [task("flow.Subflow", "s", namespace="n", flowId="f")],
            "Only runnable tasks are allowed as children of a WorkingDirectory task",
        ),
    ],
)
async def test_what_it_can_not_hold(api: Api, tasks, part):
    flow = {"id": api.fresh_id(), "namespace": NAMESPACE, "tasks": [directory(*tasks)]}
    reply = await api.http.post("/api/v1/flows", json=flow)
    assert reply.status_code == 422
    assert part in reply.json()["message"]


async def test_output_files_of_a_task_stay_for_the_next(api: Api):
    done = await api.run(
        directory(
            shell("a", "echo 1 > x.txt", outputFiles=["x.txt"]),
            shell("b", "echo 2 >> x.txt", outputFiles=["*.txt"]),
            task("storage.LocalFiles", "c", outputs=["x.txt"]),
            shell("d", "test -e x.txt"),
            outputFiles=["x.txt"],
        )
    )
    assert state(done) == "SUCCESS", await api.messages(done)
    uris = [
        run_of(done, "a")["outputs"]["outputFiles"]["x.txt"],
        run_of(done, "b")["outputs"]["outputFiles"]["x.txt"],
        run_of(done, "c")["outputs"]["uris"]["x.txt"],
        run_of(done, "w")["outputs"]["outputFiles"]["x.txt"],
    ]
    assert [await content(api, done, uri) for uri in uris] == ["1\n", "1\n2\n", "1\n2\n", "1\n2\n"]
