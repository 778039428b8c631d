import base64
from datetime import UTC, datetime

import pytest

from tiercel.expressions import ExpressionError, LocalServices, NoServices, render, render_typed
from tiercel.model.errors import StorageError


class Shelf(LocalServices):
    """Services over a few dicts, and a generator that always gives the same bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.files = {"kestra:///a/b.txt": "hello", "q.sql": "select 1", "empty": ""}
        self.requests: list[tuple] = []

    def now(self) -> datetime:
        return datetime(2024, 6, 1, tzinfo=UTC)

    def random_bytes(self, count: int) -> bytes:
        return bytes(range(1, 256))[:count].ljust(count, b"\x07")

    def random_port(self) -> int:
        return 4711

    def read(self, path, namespace):
        if path not in self.files:
            raise StorageError(f"No file `{path}`", hint="Look at the namespace")
        return self.files[path] + (f"@{namespace}" if namespace else "")

    def file_size(self, path, namespace):
        return len(self.read(path, None))

    def file_exists(self, path, namespace):
        return path in self.files

    def is_file_empty(self, path, namespace):
        return not self.read(path, None)

    def kv(self, key, namespace, error_on_missing):
        if key != "k" and error_on_missing:
            raise ExpressionError("value", f"The key '{key}' does not exist")
        return {"field": [1, 2]} if key == "k" else None

    def secret(self, key, namespace):
        if key == "JSON":
            return '{"user": "ada"}'
        return f"s3cret-{key}"

    def error_logs(self):
        return [{"level": "ERROR", "message": "boom"}]

    def http(self, uri, **options):
        self.requests.append((uri, options))
        return {"ok": True}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("read('kestra:///a/b.txt')", "hello"),
        ("read('q.sql')", "select 1"),
        ("read('q.sql', namespace='other')", "select 1@other"),
        ("fileSize('kestra:///a/b.txt')", 5),
        ("fileExists('q.sql')", True),
        ("fileExists('zzz')", False),
        ("isFileEmpty('empty')", True),
        ("kv('k').field[1]", 2),
        ("kv('zzz')", None),
        ("kv('zzz') ?? 'd'", "d"),
        ("secret('PASSWORD')", "s3cret-PASSWORD"),
        ("secret('JSON', subkey='user')", "ada"),
        ("errorLogs()[0].message", "boom"),
        ("randomPort()", 4711),
        ("http('https://x.y').ok", True),
        ("uuid()", "01020304-0506-4708-890a-0b0c0d0e0f10"),
        ("ksuid() | length", 27),
        ("nanoId() | length", 21),
        ("nanoId(length=5, alphabet='a')", "aaaaa"),
        ("randomInt(5, 8) >= 5", True),
    ],
)
def test_functions_ask_the_services(template, value):
    assert render_typed("{{ " + template + " }}", {}, Shelf()) == value


def test_a_request_carries_what_was_asked():
    shelf = Shelf()
    render("{{ http('https://x.y', 'POST', body={'a': 1}, headers={'h': 'v'}) }}", {}, shelf)
    uri, options = shelf.requests[0]
    assert uri == "https://x.y"
    assert options == {
        "method": "POST",
        "query": None,
        "body": {"a": 1},
        "content_type": "application/json",
        "headers": {"h": "v"},
        "options": None,
        "accept": "application/json",
    }


def test_what_a_service_refuses_is_a_value_error_with_its_place():
    with pytest.raises(ExpressionError) as caught:
        render("a {{ read('zzz') }}", {}, Shelf())
    error = caught.value
    assert (error.kind, error.line, error.column) == ("value", 1, 6)
    assert "No file `zzz`" in str(error)
    assert error.hint == "Look at the namespace"


@pytest.mark.parametrize(
    ("template", "kind"),
    [
        ("fileSize('q.sql')", "type"),
        ("read(5)", "type"),
        ("read()", "type"),
        ("secret()", "type"),
        ("secret('JSON', subkey='zzz')", "value"),
        ("secret('PASSWORD', subkey='zzz')", "value"),
        ("kv('zzz', errorOnMissing=true)", "value"),
        ("kv('k', errorOnMissing='yes')", "type"),
        ("http('https://x.y', query='q')", "type"),
        ("nanoId(0)", "value"),
    ],
)
def test_wrong_calls(template, kind):
    with pytest.raises(ExpressionError) as caught:
        render("{{ " + template + " }}", {}, Shelf())
    assert caught.value.kind == kind
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        "now()",
        "uuid()",
        "randomPort()",
        "read('x')",
        "fileSize('kestra:///x')",
        "fileExists('x')",
        "isFileEmpty('x')",
        "kv('x')",
        "secret('x')",
        "errorLogs()",
        "http('x')",
    ],
)
def test_without_services_functions_say_so(call):
    with pytest.raises(ExpressionError, match=r"Function `\w+` is not available here") as caught:
        render("{{ " + call + " }}", {}, NoServices())
    assert caught.value.kind == "value"


def test_encryption_reads_back_and_notices_changes():
    context = {"k": base64.b64encode(b"k" * 32).decode(), "short": "AAAA"}
    assert render("{{ decrypt(k, encrypt(k, 'hush')) }}", context) == "hush"
    for template in (
        "decrypt(k, 'AAAA')",
        "decrypt(k, '!')",
        "encrypt(short, 'x')",
        "encrypt('!', 'x')",
    ):
        with pytest.raises(ExpressionError) as caught:
            render("{{ " + template + " }}", context)
        assert caught.value.kind == "value"


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("fileURI('a.sql', namespace='x.y')", "kestra:///x/y/_files/a.sql"),
        ("env('home')", "/data"),
        ("env('zzz', 'd')", "d"),
        (
            "tasksWithState('failed')",
            '[{"taskId":"a","state":"FAILED"},{"taskId":"b","state":"FAILED","value":"1"}]',
        ),
    ],
)
def test_functions_on_the_context(template, text):
    context = {
        "envs": {"home": "/data"},
        "tasks": {
            "a": {"state": "FAILED"},
            "b": {"1": {"state": "FAILED"}, "2": {"state": "SUCCESS"}},
        },
    }
    assert render("{{ " + template + " }}", context) == text


def test_a_missing_environment_entry_is_undefined():
    with pytest.raises(ExpressionError) as caught:
        render("{{ env('zzz') }}", {"envs": {}})
    assert (caught.value.kind, caught.value.name) == ("undefined", "zzz")
