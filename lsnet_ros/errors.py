# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""The one root of the errors whose text is meant for the user."""


class LsnetError(Exception):
    """
    Something is wrong with what the user gave, and the text says what to do about it.

    Each boundary has its own subclass, which is a builtin too: ``ModelError(LsnetError,
    ValueError)``. The command line prints the text as one line; any other exception is a
    mistake of ours and keeps its traceback.
    """
