"""Sphinx's settings for the course's website: `make book`."""

import sysconfig
from pathlib import Path

project = "Deep learning, hands on"
author = "the course's authors"
extensions = ["myst_nb"]
html_theme = "sphinx_book_theme"
html_title = project
# MathJax from a package, in one file that loads nothing else.
_MATHJAX = "sphinx-mathjax-offline/static/mathjax/tex-svg.js"
html_static_path = ["made/pages/_static", str(Path(sysconfig.get_path("purelib")) / _MATHJAX)]
html_extra_path = ["made/extra"]
html_js_files = ["weights.js", "recognizer.js"]
html_css_files = ["recognizer.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "show_toc_level": 2,
    "use_download_button": False,
    "use_fullscreen_button": False,
    "navbar_persistent": [],  # One field to search with is enough.
}
html_context = {"default_mode": "auto"}
mathjax_path = "tex-svg.js"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"
nb_merge_streams = True
