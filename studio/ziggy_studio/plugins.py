"""The plugin manager: the specifications, the core blocks, and every plugin that is installed."""

from collections.abc import Iterable

import pluggy

from ziggy_sf_write import hookspecs
from ziggy_sf_write.contract import BlockDescriptor
from ziggy_studio.blocks import core

ENTRY_POINT_GROUP = "ziggy"


def make_plugin_manager(plugins: Iterable[object] | None = None) -> pluggy.PluginManager:
    """A manager with the core blocks and the given plugins, or, where none are given, all that are installed."""
    manager = pluggy.PluginManager(hookspecs.PROJECT_NAME)
    manager.add_hookspecs(hookspecs)
    manager.register(core, "core")
    if plugins is None:
        manager.load_setuptools_entrypoints(ENTRY_POINT_GROUP)
    else:
        for plugin in plugins:
            manager.register(plugin)
    return manager


def descriptors(manager: pluggy.PluginManager) -> dict[str, BlockDescriptor]:
    """Every block of every plugin by its type; the first plugin that brings a type keeps it."""
    found: dict[str, BlockDescriptor] = {}
    for blocks in reversed(manager.hook.ziggy_blocks()):
        for block in blocks:
            found.setdefault(block.type, block)
    return found
