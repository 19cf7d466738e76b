"""Session ids and refresh tokens."""

import secrets
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

_IDLE = timedelta(hours=2)  # the default; every call starts it anew (reference section 1.1)


class Sessions:
    """The sessions of one org. Tokens look like a real org's: its id, an exclamation mark, some 90 characters."""

    def __init__(self, org_id: str, *, now: Callable[[], datetime]) -> None:
        self._org_id = org_id
        self._now = now
        self._lock = threading.Lock()
        self._open: dict[str, tuple[str, datetime]] = {}
        self._refresh: dict[str, str] = {}

    def open(self, user_id: str) -> str:
        """A new session id."""
        # Clients check the shape: letters, digits, dots and underscores after the exclamation mark.
        token = f"{self._org_id[:15]}!AQ{secrets.token_urlsafe(72).replace('-', '.')}"[:112]
        with self._lock:
            self._open[token] = (user_id, self._now())
        return token

    def user_of(self, token: str) -> str | None:
        """Whose session it is, if it is open; using it keeps it open."""
        with self._lock:
            found = self._open.get(token)
            if found is None:
                return None
            user_id, last_used = found
            now = self._now()
            if now - last_used > _IDLE:
                del self._open[token]
                return None
            self._open[token] = (user_id, now)
            return user_id

    def peek(self, token: str) -> datetime | None:
        """Until when an open session lasts if nobody uses it; asking does not keep it open."""
        with self._lock:
            found = self._open.get(token)
            if found is None or self._now() - found[1] > _IDLE:
                return None
            return found[1] + _IDLE

    def close(self, token: str) -> bool:
        """Ends one session; says whether there was one."""
        with self._lock:
            return self._open.pop(token, None) is not None

    def revoke(self, token: str) -> bool:
        """Takes back a session or a refresh token; says whether there was one."""
        with self._lock:
            return (self._open.pop(token, None) or self._refresh.pop(token, None)) is not None

    def expire_all(self) -> None:
        """Ends every session; refresh tokens stay good."""
        with self._lock:
            self._open.clear()

    def new_refresh_token(self, user_id: str) -> str:
        """A token that opens further sessions."""
        token = f"5Aep{secrets.token_urlsafe(60)}"
        with self._lock:
            self._refresh[token] = user_id
        return token

    def user_of_refresh(self, token: str) -> str | None:
        """Whose refresh token it is."""
        with self._lock:
            return self._refresh.get(token)
