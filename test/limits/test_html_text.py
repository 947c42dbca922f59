# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""HTML of words from files: nothing of them is markup."""

import base64
from html.parser import HTMLParser

from lsnet_ros.limits.html_text import (
    embed_png,
    make_heading,
    make_page,
    make_paragraph,
    make_table,
)

WORDS = '<script>alert(1)</script> "R&D" \x1b[2J'


def test_cells_are_escaped():
    assert make_table(('a', 'b'), [('R&D', '<1>')]) == (
        '<table>\n<tr><th>a</th><th>b</th></tr>\n<tr><td>R&amp;D</td><td>&lt;1&gt;</td></tr>\n'
        '</table>')


def test_words_from_outside_stay_words_in_every_part():
    page = make_page(WORDS, [make_heading(WORDS), make_paragraph(WORDS),
                             make_table((WORDS,), [(WORDS,)]), embed_png(b'', WORDS)])
    tags = set()
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.add(tag)
    parser.feed(page)
    assert 'script' not in tags and {'h1', 'h2', 'p', 'table', 'img'} <= tags
    assert '\x1b' not in page


def test_a_picture_is_part_of_the_page():
    found = embed_png(b'\x89PNG', 'curves')
    assert found.startswith('<img alt="curves" src="data:image/png;base64,')
    assert base64.b64decode(found.partition('base64,')[2].rstrip('">')) == b'\x89PNG'
