# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""docs/platforms.md tells of every feature that is asked for."""

import ast
from pathlib import Path
import re

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / 'lsnet_ros'
DESK = {'bags', 'datasets', 'expansion', 'scenes', 'training'}
OURS = {'__name__', '__version__', '_trt', 'fold_batch_norm'}  # no features, but marks and texts


def asked_for(source):
    """Yield the names for which a source asks with hasattr, getattr or a signature."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and len(node.args) > 1 and (
                getattr(node.func, 'id', '') == 'hasattr'
                or getattr(node.func, 'id', '') == 'getattr' and len(node.args) == 3):
            name = node.args[1]
        elif isinstance(node, ast.Compare) and any(
                getattr(part, 'attr', '') == 'signature' for part in ast.walk(node)):
            name = node.left
        else:
            continue
        text = getattr(name, 'value', getattr(name, 's', None))  # the latter in Python 3.6
        if isinstance(text, str) and text not in OURS:
            yield text


def test_every_feature_that_is_asked_for_is_in_the_table():
    rows = re.findall(r'^\| `(\S+\.py)` \| (`.*?`) \|',
                      (ROOT / 'docs' / 'platforms.md').read_text(), re.MULTILINE)
    told = {(path, name) for path, names in rows for name in re.findall('`(.*?)`', names)}
    found = {(path.relative_to(PACKAGE).as_posix(), name) for path in PACKAGE.rglob('*.py')
             if path.relative_to(PACKAGE).parts[0] not in DESK
             for name in asked_for(path.read_text())}
    assert found == told


def test_what_asks_is_recognised():
    assert list(asked_for('hasattr(a, "b"); getattr(c, "d", None); getattr(e, "f")\n'
                          'if "g" in inspect.signature(h).parameters: hasattr(i, j)')) == [
                              'b', 'd', 'g']
