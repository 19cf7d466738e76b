"""The match key of a row as one text, equal wherever Salesforce would see one key: what the shuffle goes by."""

from collections.abc import Hashable, Iterable
from datetime import UTC, datetime

from ziggy_sf_write.block.config import WriteConfig
from ziggy_sf_write.contract import JsonValue
from ziggy_sf_write.errors import InternalError
from ziggy_sf_write.run.keys import key_of
from ziggy_sf_write.run.match import Strategy, choose_strategy
from ziggy_sf_write.salesforce.describe import ObjectDescribe
from ziggy_sf_write.validation import CheckOptions, Operation, compile_checker, compile_converter


class KeyTexts:
    """Compiled once per partition; follows the road of `run/`: check the key alone, then `run.keys.key_of`."""

    def __init__(self, describe: ObjectDescribe, config: WriteConfig) -> None:
        field = describe.find_field(config.match_key)
        if field is None:
            raise InternalError(f"{config.match_key} is no field of {describe.name}, and nobody has said so before")
        strategy = choose_strategy(field, is_upsert=config.is_upsert, is_dry_run=config.advanced.is_dry_run)
        self._key_of = key_of(field, is_native=strategy is Strategy.NATIVE)
        self._match_key = config.match_key
        self._field_name = field.name
        options = CheckOptions(
            operation=Operation.UPSERT if config.is_upsert else Operation.UPDATE,
            match_key=config.match_key,
            properties=(config.match_key,),
            empty_values=config.advanced.empty_values,
        )
        compiled = compile_checker if config.is_validating else compile_converter
        self._checker = compiled(describe, options)

    def of_row(self, row: JsonValue) -> str | None:
        """The key of a row, or None where it has none that could be written."""
        if not isinstance(row, dict):
            return None
        spelled = self.column(row)
        return None if spelled is None else self.of_value(row[spelled])

    def column(self, names: Iterable[object]) -> object | None:
        """The one of these column names that is the match key's, in whatever case."""
        return next((name for name in names if str(name).lower() == self._match_key.lower()), None)

    def of_value(self, value: JsonValue) -> str | None:
        """The key of a row whose match key has this value."""
        record, _ = self._checker.check({self._field_name: value})
        checked = record.get(self._field_name)
        return None if checked is None else _text(self._key_of(checked))


def _text(key: Hashable) -> str:
    """Equal texts for equal keys, different ones for a number and the text that looks like it."""
    match key:
        case float():
            return f"number {key + 0.0!r}"  # 0.0 and -0.0 are equal, their texts are not
        case datetime():
            return f"instant {(key.astimezone(UTC) if key.tzinfo else key).isoformat()}"
        case _:
            return f"text {key}"
