"""``python -m workbench.app``: the app as ``streamlit run`` has it, sooner at its first page; takes the same options."""

import sys
from pathlib import Path

from workbench.app import preparing

if __name__ == "__main__":
    preparing.start()
    from streamlit.web.cli import main

    main(["run", str(Path(__file__).with_name("main.py")), *sys.argv[1:]], prog_name="streamlit")
