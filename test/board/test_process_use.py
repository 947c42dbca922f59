# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import os
import subprocess
import sys
import threading
import time

import pytest

from lsnet_ros.board.process_use import read_process_use


def test_what_this_process_takes_is_counted(tmp_path):
    before = read_process_use()
    block = bytearray(b'\1') * (64 << 20)  # zeros would take no memory
    is_over = threading.Event()
    thread = threading.Thread(target=is_over.wait)
    thread.start()
    with open(str(tmp_path / 'a'), 'w'):
        after = read_process_use(os.getpid())
    is_over.set()
    thread.join()
    assert len(block) == 64 << 20
    assert after.memory_mb - before.memory_mb == pytest.approx(64, abs=8)
    assert after.descriptors == before.descriptors + 1
    assert after.threads == before.threads + 1
    began = time.process_time()
    while time.process_time() - began < 0.2:
        pass
    assert read_process_use().cpu_s - after.cpu_s >= 0.15


def test_a_process_that_is_gone_is_an_error():
    process = subprocess.Popen([sys.executable, '-c', ''])
    process.wait()
    with pytest.raises(OSError):
        read_process_use(process.pid)
