# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Command ``python3 -m lsnet_ros.latency_page FOLDER``: draw the report of a run."""

import sys

from lsnet_ros.latency.page import main

if __name__ == '__main__':
    sys.exit(main())
