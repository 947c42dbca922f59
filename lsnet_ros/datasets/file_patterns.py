# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Patterns of paths below a folder, such as ``images/{split}/**/*.jpg``, and their matches."""

import os
from pathlib import Path
import re
from typing import Dict, List, NamedTuple, Sequence, Tuple

from lsnet_ros.frames.image_files import IMAGE_SUFFIXES

MOST_FILES = 10 ** 7  # below a folder

_TOKENS = re.compile(r'(\*\*/?|\*|\{split\})')
_GROUPS = {'**/': '((?:[^/]+/)*)', '**': '(.*)', '*': '([^/]*)'}


class Match(NamedTuple):
    """A file that a pattern matches."""

    path: Path
    split: str              # text in the place of {split}, '' without it
    key: Tuple[str, ...]    # texts in the places of the wildcards


class Pattern:
    """
    A pattern of image files: ``*`` stands for a part of a name, ``**`` for any folders.

    Where it ends without a suffix, or with ``.*``, every suffix of images matches. Capital and
    small letters of suffixes are alike.

    :param text: the pattern, relative to a folder
    """

    def __init__(self, text: str) -> None:
        self.text = text
        stem, suffix = os.path.splitext(text)
        suffix = suffix.lower()
        self.suffixes = (suffix,) if suffix in IMAGE_SUFFIXES else IMAGE_SUFFIXES
        if suffix == '.*' or suffix in IMAGE_SUFFIXES:
            text = stem
        self.wildcards = [part.rstrip('/') for part in _TOKENS.findall(text) if '*' in part]
        self._folder = text[:_first_wildcard(text)].rpartition('/')[0]
        self._regex = re.compile(_to_regex(text) + r'(?P<suffix>\.[^./]+)$')

    @property
    def has_split(self) -> bool:
        """Say whether {split} is a part of the pattern."""
        return '{split}' in self.text

    def find(self, root: Path) -> List[Match]:
        """
        Return the files below a folder that match, sorted by path.

        Hidden files, and the ._NAME that macOS leaves beside a file, are left out.

        :raises OSError: if a folder cannot be read
        """
        return sorted(match for path in _walk(root, self._folder)
                      for match in self._match(root, path))

    def _match(self, root: Path, path: str) -> Sequence[Match]:
        """Return the match of a path relative to the root, if it is one."""
        found = self._regex.match(path)
        if not found or found.group('suffix').lower() not in self.suffixes:
            return ()
        split = found.groupdict().get('split') or ''
        named = set(self._regex.groupindex.values())
        key = tuple(text for number, text in enumerate(found.groups(), 1) if number not in named)
        return (Match(root / path, split, key),)


def index_by_key(matches: Sequence[Match]) -> Dict[Tuple[str, Tuple[str, ...]], List[Path]]:
    """Return the paths by (split, key); several where files differ in their suffixes alone."""
    found: Dict[Tuple[str, Tuple[str, ...]], List[Path]] = {}
    for match in matches:
        found.setdefault((match.split, match.key), []).append(match.path)
    return found


def _walk(root: Path, folder: str) -> List[str]:
    """Return the paths of the visible files below a folder of a root, relative to the root."""
    found: List[str] = []

    def fail(error: OSError) -> None:
        raise error

    if not (root / folder).is_dir():
        return []
    for place, folders, names in os.walk(str(root / folder), onerror=fail):
        folders[:] = sorted(name for name in folders if not name.startswith('.'))
        relative = Path(place).relative_to(root)
        found += [(relative / name).as_posix() for name in names if not name.startswith('.')]
        if len(found) > MOST_FILES:
            raise OSError('{} has over {} files'.format(root / folder, MOST_FILES))
    return found


def _first_wildcard(text: str) -> int:
    """Return the place of the first wildcard of a pattern."""
    found = _TOKENS.search(text)
    return found.start() if found else len(text)


def _to_regex(text: str) -> str:
    """Return a pattern as a regular expression; {split} is a named group."""
    parts, is_first = [], True
    for part in _TOKENS.split(text):
        if part == '{split}':
            parts.append('(?P<split>[^/]+)' if is_first else '(?P=split)')
            is_first = False
        else:
            parts.append(_GROUPS.get(part, re.escape(part)))
    return ''.join(parts)
