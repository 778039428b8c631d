"""What commands read from disk: flows with includes, ignore files, values of keys."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tiercel.cli.kv import written
from tiercel.cli.namespace_files import files_of, is_ignored, read_rules
from tiercel.cli.sources import expand, read_documents
from tiercel.model.errors import IllegalArgumentError
from tiercel.services.written import in_namespace


def test_an_included_file_has_the_prefix_of_its_line_on_each_line(tmp_path):
    (tmp_path / "script.sh").write_text("one\ntwo\n")
    text = "script: |\n  [[> script.sh ]]\nlast: x"
    assert expand(text, tmp_path) == "script: |\n  one\n  two\nlast: x"


def test_an_included_file_may_stand_inside_a_line(tmp_path):
    (tmp_path / "name.txt").write_text("greet")
    assert expand("id: my-[[> name.txt ]]-flow", tmp_path) == "id: my-greet-flow"


def test_a_missing_included_file_is_named(tmp_path):
    with pytest.raises(IllegalArgumentError, match=r"gone\.txt can't be read"):
        expand("[[> gone.txt]]", tmp_path)


def test_documents_know_their_file(tmp_path):
    (tmp_path / "b.yml").write_text("id: c")
    (tmp_path / "a.yaml").write_text("id: a\n---\nid: b\n")
    (tmp_path / "c.txt").write_text("id: no")
    found = [(item.file.name, item.text) for item in read_documents([tmp_path])]
    assert found == [("a.yaml", "id: a"), ("a.yaml", "id: b"), ("b.yml", "id: c")]


def test_only_the_flows_own_namespace_is_replaced():
    text = "id: a\nnamespace: x\ntasks:\n  - {id: t, namespace: x}\n  - id: u\n    namespace: x\n"
    replaced = in_namespace(text, "y.z")
    assert replaced.startswith("id: a\nnamespace: y.z\n")
    assert replaced.count("namespace: x") == 2


@pytest.mark.parametrize(
    ("rules", "path", "ignored"),
    [
        ("*.log", "a.log", True),
        ("*.log", "sub/deep/a.log", True),
        ("*.log", "a.log.txt", False),
        ("/a.txt", "a.txt", True),
        ("/a.txt", "sub/a.txt", False),
        ("sub/*.txt", "sub/a.txt", True),
        ("sub/*.txt", "sub/deep/a.txt", False),
        ("sub/**", "sub/deep/a.txt", True),
        ("**/cache", "x/y/cache", True),
        ("a/**/b", "a/b", True),
        ("a/**/b", "a/x/y/b", True),
        ("?.py", "a.py", True),
        ("[ab].py", "c.py", False),
        ("[!ab].py", "c.py", True),
        ("# a.txt", "a.txt", False),
        ("*.log\n!keep.log", "keep.log", False),
        ("*", "a", True),
        ("build/", "build", False),
    ],
)
def test_ignore_files_have_the_rules_of_git(rules, path, ignored):
    assert is_ignored(PurePosixPath(path), read_rules(rules), is_folder=False) is ignored


def test_ignored_folders_links_and_the_ignore_file_are_left_out(tmp_path):
    for name in ("build/x.txt", "src/a.py", "src/build/y.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / ".kestraignore").write_text("build/\n")
    (tmp_path / "link").symlink_to("/etc/passwd")
    assert [str(path) for path in files_of(tmp_path, read_rules("build/\n"))] == ["src/a.py"]


@pytest.mark.parametrize(
    ("text", "kind", "sent"),
    [
        ("12", "", "12"),
        ("12", "STRING", '"12"'),
        ("hello world", "", '"hello world"'),
        ('{"a": 1}', "", '{"a": 1}'),
        ("{broken", "", '"{broken"'),
        ("PT5M", "DURATION", "PT5M"),
        ('say "x"', "", '"say \\"x\\""'),
    ],
)
def test_values_that_are_no_json_become_texts(text, kind, sent):
    assert written(text, kind) == sent


@pytest.mark.parametrize(("text", "kind"), [("abc", "NUMBER"), ("1", "JSON"), ("soon", "DATE")])
def test_a_value_of_another_type_is_refused(text, kind):
    with pytest.raises(IllegalArgumentError, match=f"is no {kind}"):
        written(text, kind)
