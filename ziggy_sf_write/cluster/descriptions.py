"""The org's descriptions, read once where the run starts and shipped to every worker with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ziggy_sf_write.salesforce.catalog import FRESH_FOR_S, Catalog, Kept, ObjectInfo
from ziggy_sf_write.salesforce.describe import ObjectDescribe


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptions:
    """What a catalog has learned of an object, of the objects that it refers to, and of the org's list of objects."""

    objects: Mapping[str, Kept[ObjectDescribe]]
    all_objects: Kept[tuple[ObjectInfo, ...]] | None

    @classmethod
    def of(cls, catalog: Catalog, name: str) -> "Descriptions":
        """Everything in the catalog that a worker could need for this object."""
        kept = catalog.object(name)
        fields = kept.value.fields if kept else ()
        names = {name, *(target for field in fields for target in field.reference_to)}
        known = {one: catalog.object(one) for one in sorted(names)}
        return cls(
            objects={one: kept for one, kept in known.items() if kept is not None}, all_objects=catalog.all_objects()
        )

    def seed(self, catalog: Catalog) -> None:
        """Puts into a worker's catalog what it does not know yet, as stale: the clock of another machine means
        nothing here, so the org is asked once, with If-Modified-Since, whether it still holds."""
        stale_at_s = catalog.clock() - FRESH_FOR_S
        for name, kept in self.objects.items():
            if catalog.object(name) is None:
                catalog.keep_object(name, replace(kept, confirmed_at_s=stale_at_s))
        if self.all_objects is not None and catalog.all_objects() is None:
            catalog.keep_all(replace(self.all_objects, confirmed_at_s=stale_at_s))
