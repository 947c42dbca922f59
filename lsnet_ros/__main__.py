# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``python3 -m lsnet_ros`` is ``lsnet``."""

import sys

from lsnet_ros.cli import main

if __name__ == '__main__':
    sys.exit(main())
