# SPDX-License-Identifier: BSD-3-Clause
"""Sphinx configuration: sphinx-build -b html doc/guides OUT."""

from pathlib import Path

project = "dpdk-qsock"
copyright = "the dpdk-qsock authors"  # noqa: A001  (the name that Sphinx asks for)
release = (Path(__file__).parents[2] / "VERSION").read_text(encoding="utf-8").strip()
extensions = []
html_theme = "alabaster"
nitpicky = True
