"""The guided tour as HTML: all text escaped."""

from __future__ import annotations

from workbench.schema import Lesson
from workbench.ui.components.learn import lessons_html


def test_lessons_fold_open_the_first_already() -> None:
    one = Lesson(title="A", paragraphs=("one", "two"))
    two = Lesson(title="B", paragraphs=(), header=("x",), rows=(("1",),), left_out=1200)
    html = lessons_html((one, two))
    assert html.count("<details") == 2
    assert html.count(" open>") == 1
    assert html.index("open>") < html.index("B</summary>")
    assert "and 1,200 more" in html
    assert html.count("<table") == 1


def test_nothing_of_a_lesson_is_markup() -> None:
    bad = "<script>alert(1)</script>"
    html = lessons_html([Lesson(title=bad, paragraphs=(bad,), header=(bad,), rows=((bad,),))])
    assert "<script" not in html
    assert html.count("&lt;script") == 4
