"""Run as a script: one jq program over one input, both from standard input, under tight bounds."""

from __future__ import annotations

import json
import resource
import sys

_MEMORY_BYTES = 1_000_000_000
_CPU_SECONDS = 10


def main() -> None:
    """Read ``[program, document]``, write ``=`` and an output per line, or ``E`` and why not."""
    package, most = sys.argv[1], int(sys.argv[2])
    sys.path.append(package)
    import jq

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    program, document = json.load(sys.stdin)
    size = 0
    lines: list[str] = []
    try:
        for value in jq.compile(program).input_text(document):
            lines.append(json.dumps(value))
            size += len(lines[-1]) + 1
            if size > most:
                raise ValueError("its outputs are too long")
    except ValueError as error:
        sys.stdout.write("E" + str(error))
        return
    sys.stdout.write("=" + "\n".join(lines))


if __name__ == "__main__":
    main()
