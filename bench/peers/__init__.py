"""The same work in other orchestrators, each in an environment of its own, beside ours.

    python -m bench.peers [tiercel luigi …] [--repeats 3] [--measures start,light] [--no-page]

Results are rows of ``bench/results/peers.jsonl``; the newest of each name counts, and they become
the marked section of ``docs/performance.md``.
"""
