"""What a new version of a file brings along: its document, and the links to where it is published."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import PurePosixPath

from salesforce_sandbox.schema.model import Schema

from .ids import IdMint
from .seed import complete
from .store import Row, Store

VERSION = "ContentVersion"
_TYPES = {"TXT": "TEXT", "DOCX": "WORD_X", "DOC": "WORD", "XLSX": "EXCEL_X", "XLS": "EXCEL", "PPTX": "POWER_POINT_X",
          "PPT": "POWER_POINT", "JPEG": "JPG", "HTM": "HTML"}  # fmt: skip


class Files:
    """Documents and links of one org."""

    def __init__(self, schema: Schema, store: Store, mint: IdMint) -> None:
        self._schema = schema
        self._store = store
        self._mint = mint

    def publish(self, versions: Sequence[Row], *, now: str, user_id: str) -> None:
        """Completes versions that are about to be stored: a first one makes its document, a further one follows."""
        for version in versions:
            path = PurePosixPath(str(version["PathOnClient"]).replace("\\", "/"))
            extension = path.suffix.lstrip(".")
            data = base64.b64decode(version.get("VersionData") or "")
            version["Title"] = version.get("Title") or path.stem
            version["FileExtension"] = extension or None
            version["FileType"] = _TYPES.get(extension.upper(), extension.upper() or "UNKNOWN")
            version["Checksum"] = hashlib.md5(data, usedforsecurity=False).hexdigest()
            version["IsLatest"] = True
            if version.get("ContentDocumentId"):
                self._follow(version, size=len(data), now=now)
            else:
                self._begin(version, size=len(data), now=now, user_id=user_id)

    def _begin(self, version: Row, *, size: int, now: str, user_id: str) -> None:
        version["VersionNumber"] = "1"
        document = self._add(
            "ContentDocument",
            {**self._shown(version, size), "Description": version.get("Description")},
            now=now,
            user_id=user_id,
        )
        version["ContentDocumentId"] = document
        links = {str(version.get("OwnerId") or user_id): "I"}
        if version.get("FirstPublishLocationId"):
            links.setdefault(str(version["FirstPublishLocationId"]), "V")
        for entity, share in links.items():
            link = {"ContentDocumentId": document, "LinkedEntityId": entity, "ShareType": share}
            self._add("ContentDocumentLink", link, now=now, user_id=user_id)

    def _follow(self, version: Row, *, size: int, now: str) -> None:
        document, versions = self._schema.find("ContentDocument"), self._schema.find(VERSION)
        if document is None or versions is None:
            return
        reference = versions.by_name["contentdocumentid"]
        earlier = self._store.children(versions, reference, [version["ContentDocumentId"]])
        for each in earlier:
            self._store.update(versions, each, {"IsLatest": False})
        version["VersionNumber"] = str(len(earlier) + 1)
        changes = {**self._shown(version, size), "LastModifiedDate": now, "SystemModstamp": now}
        self._store.update(document, version["ContentDocumentId"], changes)

    @staticmethod
    def _shown(version: Row, size: int) -> Row:
        """What a document shows of its latest version."""
        named = {name: version[name] for name in ("Title", "FileType", "FileExtension")}
        return {**named, "LatestPublishedVersionId": version["Id"], "ContentSize": size}

    def _add(self, name: str, values: Row, *, now: str, user_id: str) -> str:
        sobject = self._schema.find(name)
        if sobject is None or sobject.prefix is None:
            raise KeyError(f"{name}: a file needs this object")
        record_id = self._mint.next_id(sobject.prefix)
        self._store.insert(sobject, [complete(sobject, {**values, "Id": record_id}, now=now, user_id=user_id)])
        return record_id
