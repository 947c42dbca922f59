# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Write params/foxglove.json, a layout of Foxglove for the topics of the nodes, by its own library.

    pip install foxglove-sdk
    python3 docs/make_foxglove.py
"""

import json
from pathlib import Path

from foxglove import layouts

LAYOUT = Path(__file__).resolve().parents[1] / 'params' / 'foxglove.json'


def make_image_panel(topic: str) -> layouts.ImagePanel:
    """Return a panel that shows a topic of images."""
    return layouts.ImagePanel(title=topic.lstrip('/'), config=layouts.ImageConfig(
        image_mode=layouts.ImageModeConfig(image_topic=topic)))


def make_layout() -> str:
    """Return the layout as JSON: overlay, image and classes, free space, and health."""
    images = layouts.SplitContainer(direction='column', items=[
        layouts.SplitItem(proportion=2, content=make_image_panel('/segmentation/overlay')),
        layouts.SplitItem(content=layouts.SplitContainer(items=[
            layouts.SplitItem(content=make_image_panel(topic))
            for topic in ('/image', '/segmentation/color')]))])
    free_space = layouts.ThreeDeePanel(title='free space', config=layouts.ThreeDeeConfig(
        follow_tf='base_footprint', topics={
            '/free_space': layouts.BaseRendererLaserScanTopicSettings(visible=True),
            '/labelled_points': layouts.BaseRendererPointCloudTopicSettings(visible=False)}))
    health = layouts.DiagnosticsSummaryPanel(title='health', config=(
        layouts.DiagnosticsSummaryConfig(topic_to_render='/diagnostics')))
    layout = layouts.Layout(content=layouts.SplitContainer(items=[
        layouts.SplitItem(proportion=2, content=images),
        layouts.SplitItem(content=layouts.SplitContainer(direction='column', items=[
            layouts.SplitItem(content=panel) for panel in (free_space, health)]))]))
    return json.dumps(json.loads(layout.to_json()), indent=2) + '\n'


if __name__ == '__main__':
    LAYOUT.write_text(make_layout(), encoding='utf-8')
    print('wrote {}'.format(LAYOUT))
