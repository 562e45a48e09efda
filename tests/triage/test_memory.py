from __future__ import annotations

from workbench.triage.memory import Memory


def test_only_the_last_few_are_kept() -> None:
    memory, made = Memory(), []

    def ask(key: int) -> int:
        def make() -> int:
            made.append(key)
            return key * key

        return memory.recall(key, make)

    assert [ask(key) for key in (1, 2, 1, 1)] == [1, 4, 1, 1]
    assert made == [1, 2]
    for key in range(3, 18):
        ask(key)
        ask(1)
    # Two was asked for the longest ago.
    assert ask(1) == 1
    assert made == [1, *range(2, 18)]
    ask(2)
    assert made[-1] == 2
