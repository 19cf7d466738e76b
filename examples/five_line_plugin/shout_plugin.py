from ziggy_sf_write.contract import BlockDescriptor, BlockResult
from ziggy_sf_write.hookspecs import hookimpl

SHOUT = BlockDescriptor(type="SHOUT_V1", name="Shout", version="1.0.0", info="Upper-cases every text", icon="megaphone")


@hookimpl
def ziggy_blocks():
    return [SHOUT]


@hookimpl
def ziggy_execute(block_type, edges):
    if block_type == SHOUT.type:
        shouted = [{k: v.upper() if isinstance(v, str) else v for k, v in item.items()} for item in edges[0].items]
        return BlockResult(outputs=(shouted,))
