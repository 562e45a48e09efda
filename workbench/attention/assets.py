"""The JavaScript libraries that the views need, from installed packages, so that nothing is fetched."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from workbench.errors import WorkbenchError

_LIBRARIES = {"mpld3": "mpld3/js/d3.v5.min.js", "XStatic-jQuery": "xstatic/pkg/jquery/data/jquery.min.js"}

# The views ask require.js for their libraries; these lines hand them the globals that the inlined libraries set.
_SHIM = """\
window.requirejs = (names, run) => run(...names.map(name => ({jquery: window.jQuery, d3: window.d3})[name]));
window.require = window.requirejs;
window.require.config = () => {};"""


@cache
def scripts() -> tuple[str, ...]:
    """The libraries and the shim that stands in for require.js, in the order of loading.

    Returns:
        JavaScript sources, free of ``</script``: d3 5.7.0 (BSD), jQuery (MIT), the shim.

    Raises:
        WorkbenchError: A package that carries a library is not installed.
    """
    return (*(_read(package, path) for package, path in _LIBRARIES.items()), _SHIM)


def _read(package: str, path: str) -> str:
    try:
        # Not importlib.resources, which would import mpld3 and with it matplotlib for the sake of one text file.
        source = Path(str(distribution(package).locate_file(path))).read_text(encoding="utf-8")
    except (PackageNotFoundError, FileNotFoundError) as error:
        raise WorkbenchError(f"the attention views lack {path}", f"pip install {package}") from error
    return source.replace("</script", r"<\/script")
