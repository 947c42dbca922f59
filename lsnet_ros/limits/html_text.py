# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""HTML of words from files: a page in one style, tables, paragraphs; all texts are escaped."""

import base64
import html
from string import Template
from typing import Iterable, Sequence

from lsnet_ros.errors import visible

PAGE = Template('''\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<style>
body { font-family: sans-serif; color: #333; max-width: 920px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.4em } h2 { font-size: 1.1em; margin-top: 2em }
svg, img { max-width: 100%; height: auto; display: block; margin: 1em 0 }
svg text { font-family: 'DejaVu Sans', sans-serif !important }
table { border-collapse: collapse; margin: 1em 0 }
th, td { padding: 0.25em 0.9em; border-bottom: 1px solid #ddd; text-align: right }
th:first-child, td:first-child { text-align: left }
</style></head><body>
<h1>$title</h1>
$parts
</body></html>
''')


def make_page(title: str, parts: Iterable[str]) -> str:
    """
    Return a page that needs no other file.

    :param parts: HTML, one below the other
    """
    return PAGE.substitute(title=escape(title), parts='\n'.join(parts))


def make_paragraph(text: str) -> str:
    """Return a paragraph of a text."""
    return '<p>{}</p>'.format(escape(text))


def make_heading(text: str) -> str:
    """Return the heading of a section."""
    return '<h2>{}</h2>'.format(escape(text))


def make_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of texts."""
    lines = ['<tr>{}</tr>'.format(''.join('<{0}>{1}</{0}>'.format(tag, escape(cell))
                                          for cell in row))
             for tag, part in (('th', [head]), ('td', rows)) for row in part]
    return '<table>\n{}\n</table>'.format('\n'.join(lines))


def embed_png(content: bytes, description: str) -> str:
    """
    Return a picture that is part of the page.

    :param content: of a PNG file
    """
    return '<img alt="{}" src="data:image/png;base64,{}">'.format(
        escape(description), base64.b64encode(content).decode('ascii'))


def escape(text: str) -> str:
    """Return a text that HTML shows as it is."""
    return html.escape(visible(text))
