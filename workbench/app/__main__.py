"""``python -m workbench.app``: as ``streamlit run`` of the app, with its options, but sooner at the first page."""

import sys
from pathlib import Path

from workbench import garbage
from workbench.app import preparing

if __name__ == "__main__":
    garbage.seldom()
    preparing.start()
    from streamlit.web.cli import main

    main(["run", str(Path(__file__).with_name("main.py")), *sys.argv[1:]], prog_name="streamlit")
