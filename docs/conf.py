# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Sphinx's settings: "make docs" builds the pages of this folder and the API's."""

from pathlib import Path

from docutils import nodes
from sphinx.ext import apidoc

import lsnet_ros

ROOT = Path(__file__).resolve().parents[1]
API = 'api'        # folder that is made anew by each build

project = 'lsnet_ros'
author = copyright = 'The lsnet_ros authors'
version = release = lsnet_ros.__version__
extensions = ['myst_parser', 'sphinx.ext.autodoc']
source_suffix = {'.md': 'markdown', '.rst': 'restructuredtext'}
exclude_patterns = ['_build']
html_theme = 'alabaster'
html_theme_options = {'description': 'Lightweight semantic segmentation for ROS 2 robots',
                      'page_width': '1100px'}
myst_heading_anchors = 3
# Links to files outside this folder, such as ../params; a test looks for every link's target.
suppress_warnings = ['myst.xref_missing']
autodoc_member_order = 'bysource'
autodoc_typehints = 'description'
autodoc_default_options = {
    'members': True, 'undoc-members': True, 'show-inheritance': True,
    'ignore-module-all': True}  # a name that a package hands on stands where it is defined
# What a builder of documentation need not have: ROS, and runtimes of other machines.
autodoc_mock_imports = [
    'builtin_interfaces', 'diagnostic_msgs', 'launch', 'launch_ros', 'openvino', 'pycuda',
    'rcl_interfaces', 'rclpy', 'sensor_msgs', 'std_msgs', 'std_srvs', 'tensorrt', 'torch2trt',
    'vision_msgs']


def make_api_pages(app):
    """Write a page for each module of the package."""
    apidoc.main(['--force', '--module-first', '--separate', '--no-toc', '--output-dir',
                 str(Path(app.srcdir) / API), str(ROOT / 'lsnet_ros')])


def link_files_of_the_repository(app, tree, name):
    """Replace links to files outside this folder, such as ../params, by their paths."""
    for link in list(tree.findall(nodes.reference)):
        target = link.get('refid') or link.get('refuri', '').lstrip('#')
        if target.startswith('../'):
            link.replace_self(nodes.literal(text=target[len('../'):]))


def setup(app):
    """Connect the two functions above to the build."""
    app.connect('builder-inited', make_api_pages)
    app.connect('doctree-resolved', link_files_of_the_repository)
