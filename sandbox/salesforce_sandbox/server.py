"""The sandbox as one object: an org behind HTTPS on loopback, in threads of its own."""

import asyncio
import ssl
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import trustme
from uvicorn.config import Config
from uvicorn.server import ServerState

from .app import Application
from .bulk.worker import BulkWorker
from .environment import everything
from .faults import Fault, FaultName
from .options import Login, SandboxOptions
from .org import USER_ID, Org
from .protocol import GatedSocket, SandboxProtocol, listen
from .stats import Stats

_WORKERS = 8
_KEEP_ALIVE_S = 75
_GRACE_S = 0.02
_LONGEST_SLEEP_S = 0.1  # of the main thread: Python's signal handlers run in it, when it wakes the next time
_TURNS = 3  # of the event loop, until the loss of a connection has come through TLS to the request that it carries


class Sandbox:
    """A running org. Use it as a context manager, or start() and stop()."""

    def __init__(self, options: SandboxOptions | None = None) -> None:
        self._options = options or SandboxOptions()
        self._org: Org | None = None

    @classmethod
    def start(cls, options: SandboxOptions | None = None) -> Self:
        """A sandbox that already runs."""
        sandbox = cls(options)
        sandbox._run()
        return sandbox

    def __enter__(self) -> Self:
        self._run()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        org = Org(self._options)
        try:
            listener = listen(self._options.port, is_refused=org.faults.on_connection)
        except OSError:
            org.store.close()
            raise
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-org-")
        self.ca_file = Path(self._folder.name) / "ca.pem"
        context = _certify(self.ca_file)
        org.ca_file = self.ca_file
        self.host = f"127.0.0.1:{listener.getsockname()[1]}"
        self.url = f"https://{self.host}"
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="sandbox-org")
        self._worker = BulkWorker(org)
        org.run_job = self._worker.submit
        self._server = _Server(Application(org, base_url=self.url, pool=self._pool), listener, context)
        org.faults.port = self._server
        self._org = org

    def stop(self) -> None:
        """Closes every connection and ends every thread; a second call does nothing."""
        if self._org is None:
            return
        org, self._org = self._org, None
        org.faults.port = None
        self._server.stop()
        self._worker.stop()
        self._pool.shutdown(wait=True)
        org.store.close()
        self._folder.cleanup()

    @property
    def org(self) -> Org:
        """The org itself, for tests that look inside."""
        if self._org is None:
            raise RuntimeError("the sandbox is not running")
        return self._org

    @property
    def login(self) -> Login:
        """The credentials that the org accepts."""
        return self.org.login

    def access_token(self) -> str:
        """A session id that is good at once."""
        return self.org.sessions.open(USER_ID)

    def environment(self) -> dict[str, str]:
        """The variables under which clients trust the org and find their way in, with a good session."""
        return everything(url=self.url, ca_file=str(self.ca_file), token=self.access_token())

    def insert(self, name: str, records: Sequence[dict[str, Any]]) -> list[str]:
        """Puts records in past the API and its rules; given Ids are kept. Returns the Ids."""
        return self.org.insert(name, records)

    def records(self, name: str) -> list[dict[str, Any]]:
        """All live records of an object with all stored fields, in the order of their creation."""
        return self.org.records(name)

    def stats(self) -> Stats:
        """What was counted since the start or the last reset."""
        return self.org.stats()

    def reset_stats(self) -> None:
        """Starts counting from zero."""
        self.org.counters.reset()

    def inject(
        self,
        name: str,
        rate: float | None = None,
        at: tuple[int, ...] = (),
        kinds: tuple[str, ...] = (),
        *,
        records: tuple[str, ...] = (),
        seconds: float = 2.0,
        retry_after_s: int = 1,
    ) -> None:
        """Switches a fault on: by rate, at exact numbers of the matching calls, or at every one of them."""
        self.org.faults.arm(
            Fault(
                name=FaultName(name),
                rate=rate,
                at=tuple(at),
                kinds=tuple(kinds),
                records=tuple(records),
                seconds=seconds,
                retry_after_s=retry_after_s,
            )
        )

    def clear_faults(self) -> None:
        """Switches all faults off."""
        self.org.faults.clear()

    def await_late_commits(self, timeout_s: float = 30.0) -> None:
        """Waits until every call that was cut has been carried out. Raises `TimeoutError` where that takes longer."""
        if not self.org.late_commits.wait(timeout_s):
            raise TimeoutError(f"a call that was cut had not been carried out after {timeout_s:g} s")

    def expire_sessions(self) -> None:
        """Ends every session."""
        self.org.sessions.expire_all()


class _Server:
    """An event loop in a thread that serves until it is told to stop."""

    def __init__(self, app: Application, listener: GatedSocket, context: ssl.SSLContext) -> None:
        self._config = Config(
            app,
            http=SandboxProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            proxy_headers=False,
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
        self._listener = listener
        self._port: int = listener.getsockname()[1]
        self._context = context
        self._state = ServerState()
        self._serving: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._main, name="sandbox-https", daemon=True)
        self._thread.start()
        while not self._ready.wait(_LONGEST_SLEEP_S):
            if not self._thread.is_alive():
                raise RuntimeError("the sandbox's server did not start; its thread has said why")

    def stop(self) -> None:
        """Closes everything and waits for the thread."""
        self._loop.call_soon_threadsafe(self._stopped.set)
        while self._thread.is_alive():
            self._thread.join(_LONGEST_SLEEP_S)

    def shut(self, seconds: float) -> None:
        """Closes the port for so long; connections follow once an answer that is under way has gone out."""
        asyncio.run_coroutine_threadsafe(self._shut(seconds), self._loop).result()

    def reopen(self) -> None:
        """Opens the port again if it is closed."""
        asyncio.run_coroutine_threadsafe(self._reopen(), self._loop).result()

    def _main(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._config.load()
        await self._open(self._listener)
        self._ready.set()
        await self._stopped.wait()
        if self._serving is not None:
            self._serving.close()
        self._drop()
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _open(self, listener: GatedSocket) -> None:
        self._serving = await self._loop.create_server(
            lambda: SandboxProtocol(self._config, self._state, {}), sock=listener, ssl=self._context, backlog=512
        )

    async def _shut(self, seconds: float) -> None:
        if self._serving is not None:
            self._serving.close()
            self._serving = None
        if self._state.tasks:
            self._loop.call_later(_GRACE_S, self._drop)
        else:
            self._drop()
        self._outage = self._loop.call_later(seconds, lambda: self._loop.create_task(self._reopen()))

    async def _reopen(self) -> None:
        if self._serving is None and not self._stopped.is_set():
            self._outage.cancel()
            await self._open(listen(self._port, is_refused=self._listener.is_refused))

    def _drop(self) -> None:
        for connection in list(self._state.connections):
            connection.transport.abort()


def _certify(ca_file: Path) -> ssl.SSLContext:
    """A CA of this sandbox's own, whose certificate goes to the file, and a certificate for loopback."""
    authority = trustme.CA(organization_name="Salesforce sandbox on loopback")
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context
