# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
LPS-Net's progressive expansion: grow a tiny network up to a latency on this machine.

Zhang et al., "Lightweight and Progressively-Scalable Networks for Semantic Segmentation",
IJCV 2023 (arXiv 2207.13600), Algorithm 1. `algorithm` has it, with latency and accuracy as
functions; `stopwatch` measures latencies, `trainings` trains candidates, `journal` records both,
`outcome` writes report and model, and `plot` draws the path.
"""
