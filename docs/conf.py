"""How Sphinx makes the manual: it runs the tutorials, reads the docstrings, and asks the network for nothing."""

import os
import sys
from importlib.metadata import version as version_of
from pathlib import Path

HERE = Path(__file__).parent
MACHINERY = str(HERE / "machinery")
sys.path.insert(0, MACHINERY)
os.environ["PYTHONPATH"] = MACHINERY  # so that notebooks, which run in processes of their own, find `pictures`

project = "sightbits"
author = "The sightbits authors"
version = release = version_of("sightbits")

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.napoleon", "myst_nb", "sphinx_copybutton",
              "mathml", "plain_docstrings"]  # fmt: skip
exclude_patterns = ["explanation/peer-tables/*"]
templates_path = ["theme/templates"]

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
myst_dmath_double_inline = False

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_timeout = 600
nb_output_stderr = "remove-warn"  # a warning printed by an example fails the build
nb_merge_streams = True

autosummary_generate = True
autosummary_ignore_module_all = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_attr_annotations = False
maximum_signature_line_length = 88
add_module_names = False
toc_object_entries = False

html_theme = "furo"
html_title = "sightbits"
html_static_path = ["theme/static"]
html_css_files = ["manual.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_copyright = False
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": True}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
