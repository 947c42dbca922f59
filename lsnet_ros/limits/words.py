# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Words from files, as parts of diagrams and tables that have a language of their own."""

import re

from lsnet_ros.errors import visible

FORMULA = re.compile('^[=+@-]')       # a spreadsheet computes it
SEPARATORS = re.compile('[",;]')      # of cells, and quotes


def escape_math(text: str) -> str:
    """Return a text that matplotlib draws as it is: between two $ it would set a formula."""
    return visible(text).replace('$', r'\$')


def as_column_name(text: str) -> str:
    """Return a text as the heading of a CSV file: one cell, and no formula."""
    return FORMULA.sub('_', SEPARATORS.sub('_', visible(text)))
